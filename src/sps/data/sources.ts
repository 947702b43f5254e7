import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Algorithm, algorithms } from './entry.ts';
import { starterSource } from './schema.ts';
import { changeStore, noteChange, type Store } from './store.ts';

/** Where entries come from. */
export interface Source {
  id: number;
  name: string;
  /** What it says of a hash: that it is malware, or that it is known good. */
  kind: 'malware' | 'allow';
  /** The word of the source with the higher one counts; of equal ones known good, then the older source. */
  priority: number;
  /** So many days after the source last said it, an entry counts no more. */
  expiresDays?: number;
  /** Its SHA-256 are for queries only, and not in the conventional pattern: tens of millions are too many for each gateway to hold. */
  onlySmart: boolean;
  /** When it was made, and last imported to; seconds since 1970. */
  since: number;
  updated: number;
  /** Its version, and what else the last import told. */
  info: string;
}

/** Of sources that nothing else is said of. */
export const usualPriority = { malware: 50, allow: 100 } as const;
/** Above all but what comes with this program. */
export const priorityMax = 999;
export const expiresDaysMax = 36_500;

/** What may be set. */
export interface SourceSetting {
  priority?: number;
  /** Null: they do not expire. */
  expiresDays?: number | null;
  onlySmart?: boolean;
}

/** What is asked of a source cannot be. */
export class SourceRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceRefused';
  }
}

/** A file of entries of a source. */
export interface SourceFile {
  algorithm: Algorithm;
  file: string;
  count: number;
  bytes: number;
  /** How many entries were last seen when, seconds since 1970. */
  seen: ReadonlyMap<number, number>;
}

/** All sources, the one whose word counts most first. */
export function allSources(database: DatabaseSync): Source[] {
  return database
    .prepare("SELECT * FROM sources ORDER BY priority DESC, kind = 'allow' DESC, id")
    .all()
    .map(sourceFrom);
}

export function findSource(database: DatabaseSync, name: string): Source | undefined {
  const row = database.prepare('SELECT * FROM sources WHERE name = ?').get(name);
  return row && sourceFrom(row);
}

function sourceFrom(row: Record<string, unknown>): Source {
  return {
    ...{ id: Number(row.id), name: String(row.name), kind: row.kind === 'allow' ? 'allow' : 'malware' },
    ...(row.expires_days !== null && { expiresDays: Number(row.expires_days) }),
    onlySmart: row.only_smart === 1,
    ...{ priority: Number(row.priority), since: Number(row.since), updated: Number(row.updated) },
    info: String(row.info),
  };
}

/** The files of a source, by algorithm. */
export function filesOf(database: DatabaseSync, source: number): SourceFile[] {
  return database
    .prepare('SELECT * FROM entry_files WHERE source = ?')
    .all(source)
    .map((row) => ({
      algorithm: row.algorithm as Algorithm,
      ...{ file: String(row.file), count: Number(row.count), bytes: Number(row.bytes) },
      seen: new Map(JSON.parse(String(row.seen)) as [number, number][]),
    }))
    .sort((a, b) => algorithms.indexOf(a.algorithm) - algorithms.indexOf(b.algorithm));
}

/** Until when something last seen then counts, seconds since 1970. */
export function expiryOf({ expiresDays }: { expiresDays?: number | undefined }, seen: number): number {
  return expiresDays === undefined ? Number.POSITIVE_INFINITY : seen + expiresDays * 86_400;
}

/** Entries of a file that count at a time, and when the next of them expires; seconds since 1970. */
export function countingAt(source: Source, { seen }: SourceFile, now: number): { count: number; nextExpiry: number } {
  let [count, nextExpiry] = [0, Number.POSITIVE_INFINITY];
  for (const [time, entries] of seen) {
    const expiry = expiryOf(source, time);
    if (expiry <= now) continue;
    count += entries;
    nextExpiry = Math.min(nextExpiry, expiry);
  }
  return { count, nextExpiry };
}

/** Makes a source. Within a transaction. */
export function addSource(
  database: DatabaseSync,
  name: string,
  kind: Source['kind'],
  { priority = usualPriority[kind], expiresDays = null, onlySmart = false }: SourceSetting,
): void {
  const now = Math.floor(Date.now() / 1000);
  database
    .prepare("INSERT INTO sources VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, '')")
    .run(name, kind, priority, expiresDays, Number(onlySmart), now, now);
}

/**
 * Sets what is given; true when that is another than before. Within a transaction.
 */
export function changeSource(database: DatabaseSync, source: Source, setting: SourceSetting): boolean {
  const { priority = source.priority, onlySmart = source.onlySmart } = setting;
  const before = source.expiresDays ?? null;
  const expiresDays = setting.expiresDays === undefined ? before : setting.expiresDays;
  if (priority === source.priority && expiresDays === before && onlySmart === source.onlySmart) return false;
  refuseStarter(source.name);
  database
    .prepare('UPDATE sources SET priority = ?, expires_days = ?, only_smart = ? WHERE id = ?')
    .run(priority, expiresDays, Number(onlySmart), source.id);
  return true;
}

/** Sets priority or expiry; counts at once. Throws `SourceRefused`, `StoreUnusable`. */
export function setSource(store: Store, name: string, setting: SourceSetting): Source {
  return changeStore(store, (database) => {
    if (changeSource(database, existing(database, name), setting)) noteChange(database, `source ${name} was set`);
    return existing(database, name);
  });
}

/** Removes a source with all that it says. Throws `SourceRefused`, `StoreUnusable`. */
export function removeSource(store: Store, name: string): void {
  refuseStarter(name);
  const files = changeStore(store, (database) => {
    const { id } = existing(database, name);
    const files = filesOf(database, id);
    database.prepare('DELETE FROM entry_files WHERE source = ?').run(id);
    database.prepare('DELETE FROM sources WHERE id = ?').run(id);
    noteChange(database, `source ${name} was removed`);
    return files;
  });
  for (const { file } of files) rmSync(join(store.entriesFolder, file), { force: true });
}

function existing(database: DatabaseSync, name: string): Source {
  const source = findSource(database, name);
  if (source === undefined) throw new SourceRefused(`there is no source ${name}`);
  return source;
}

/** A source says one thing only: else its priority would say nothing. */
export function refuseOtherKind(source: Source | undefined, kind: Source['kind']): void {
  if (source === undefined || source.kind === kind) return;
  throw new SourceRefused(
    source.kind === 'allow'
      ? `source ${source.name} says what is known good: name another one for malware`
      : `source ${source.name} says what is malware: name another one for what is known good`,
  );
}

/** Without EICAR, gateways would refuse what is published. */
export function refuseStarter(name: string): void {
  if (name === starterSource)
    throw new SourceRefused(`${name} comes with this program: by it gateways try what they get`);
}
