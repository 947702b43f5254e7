import type { Store } from '../data/store.ts';
import type { Publication } from '../products/products.ts';
import type { Knowledge, Known } from './knowledge.ts';

/** Knowledge of a publication, read from the store it was built of: for as long as it has no smart scan pattern file. */
export function knowledgeOfStore({ database }: Store, current: () => Publication): () => Knowledge {
  const one = database.prepare('SELECT name FROM signatures WHERE hash = ? AND since <= ?');
  const several = database.prepare(
    'SELECT lower(hex(hash)) AS sha256, name FROM signatures WHERE hash BETWEEN ? AND ? AND length(hash) = 32 AND since <= ? LIMIT ?',
  );
  return () => {
    const { importVersion, patternId, filter } = current();
    return {
      patternId,
      patternVersion: filter.version,
      find(sha256) {
        const row = one.get(Buffer.from(sha256, 'hex'), importVersion);
        return row && { sha256, verdict: 'malicious', name: String(row.name) };
      },
      candidates(prefix, max) {
        const end = (digit: string) => Buffer.from(prefix.padEnd(64, digit), 'hex');
        const rows = several.all(end('0'), end('f'), importVersion, max + 1);
        const found = rows.map(
          ({ sha256, name }): Known => ({ sha256: String(sha256), verdict: 'malicious', name: String(name) }),
        );
        return found.length > max ? undefined : found;
      },
    };
  };
}
