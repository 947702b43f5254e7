import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { FeedChange, FeedWord } from './reputation-entry.ts';

/** What counts of one hash. */
export interface FeedEntry extends Omit<FeedWord, 'expiresMs'> {
  /** 32 bytes. */
  hash: Buffer;
}

/** What a topic says by now. */
export interface FeedEntries {
  /** What counts at a time, by rising hash; as it was when this began. */
  entries(nowMs: number): Generator<FeedEntry>;
  close(): void;
}

/** The newest word on each hash of a topic, on disk: what a compacted topic would be if it were compacted by now. */
export interface FeedTable extends FeedEntries {
  /** Takes changes in their order. @returns how many made a difference */
  apply(changes: readonly FeedChange[]): number;
  /** When the next one expires; ms since 1970. */
  nextExpiryMs(nowMs: number): number;
}

/** An empty table in this file, which is made anew and goes with `close()`: it is worth nothing to a later reading. */
export function createFeedTable(file: string): FeedTable {
  removeFiles(file);
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
    CREATE TABLE entries (hash BLOB PRIMARY KEY, clean INTEGER, name TEXT, source TEXT, expires INTEGER) WITHOUT ROWID;
    CREATE INDEX expiries ON entries (expires) WHERE expires IS NOT NULL;
  `);
  const put = database.prepare(
    `INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET clean = ?2, name = ?3, source = ?4, expires = ?5
     WHERE clean IS NOT ?2 OR name IS NOT ?3 OR source IS NOT ?4 OR expires IS NOT ?5`,
  );
  const remove = database.prepare('DELETE FROM entries WHERE hash = ?');
  const applyOne = ({ hash, entry }: FeedChange) => {
    if (entry === undefined) return remove.run(hash).changes;
    const expires = Number.isFinite(entry.expiresMs) ? entry.expiresMs : null;
    return put.run(hash, entry.verdict === 'clean' ? 1 : 0, entry.name, entry.source, expires).changes;
  };
  return {
    apply(changes) {
      database.exec('BEGIN');
      const different = changes.reduce((sum, change) => sum + Number(applyOne(change)), 0);
      database.exec('COMMIT');
      return different;
    },
    entries: (nowMs) => entriesOf(database, nowMs),
    nextExpiryMs(nowMs) {
      const next = database.prepare('SELECT min(expires) AS next FROM entries WHERE expires > ?').get(nowMs)?.next;
      return typeof next === 'number' ? next : Number.POSITIVE_INFINITY;
    },
    close() {
      database.close();
      removeFiles(file);
    },
  };
}

/** The same table, to be read while it is written to. Throws what SQLite says. */
export function openFeedEntries(file: string): FeedEntries {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  return { entries: (nowMs) => entriesOf(database, nowMs), close: () => database.close() };
}

function* entriesOf(database: DatabaseSync, nowMs: number): Generator<FeedEntry> {
  const rows = database.prepare('SELECT * FROM entries WHERE expires IS NULL OR expires > ? ORDER BY hash');
  for (const { hash, clean, name, source } of rows.iterate(nowMs))
    yield {
      ...{ hash: Buffer.from(hash as Uint8Array), name: String(name), source: String(source) },
      verdict: clean === 1 ? 'clean' : 'malicious',
    };
}

function removeFiles(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
}
