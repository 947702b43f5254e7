import type { DatabaseSync } from 'node:sqlite';

/** Something of a local pattern that is no hash. */
export interface Piece {
  kind: 'sample' | 'rules';
  /** There is one of each kind and name; a later one takes its place. */
  name: string;
  content: string;
  /** In the agent pattern, too. */
  agent: boolean;
}

/**
 * Puts a piece; in the agent pattern it stays. Within a transaction.
 * @returns for which patterns it is another than before
 */
export function putPiece(database: DatabaseSync, piece: Piece): { conventional: boolean; agent: boolean } {
  const { kind, name, content, agent } = piece;
  const before = database.prepare('SELECT content, agent FROM pieces WHERE kind = ? AND name = ?').get(kind, name);
  const wasAgent = before?.agent === 1;
  const isOther = before?.content !== content;
  const inAgent = agent || wasAgent;
  database.prepare('INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?)').run(...[kind, name, content], inAgent ? 1 : 0);
  return { conventional: isOther, agent: (isOther && inAgent) || (agent && !wasAgent) };
}

/** Pieces of a local pattern, by name. */
export function pieces(database: DatabaseSync, kind: Piece['kind'], pattern: 'agent' | 'conventional'): Piece[] {
  const isMember = pattern === 'agent' ? 'agent = 1' : 'true';
  return database
    .prepare(`SELECT name, content, agent FROM pieces WHERE kind = ? AND ${isMember} ORDER BY name`)
    .all(kind)
    .map(({ name, content, agent }) => ({
      ...{ kind, name: String(name), content: String(content), agent: agent === 1 },
    }));
}
