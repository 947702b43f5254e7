import type { DatabaseSync } from 'node:sqlite';
import { changeStore, newestChange, noteChange, type Store } from './store.ts';

/** A hash that is no malware, whatever the sources say: a false positive. */
export interface Override {
  /** MD5, SHA-1 or SHA-256. */
  hash: Buffer;
  reason: string;
  /** Seconds since 1970. */
  time: number;
}

/** How old what answers know of overrides may be, ms. */
const knownMs = 100;

/**
 * The overrides in hexadecimal, for answers: counts a tenth of a second after it is set, before anything is published. To look into the store for each
 * query took as long as the query; now it is looked into ten times a second at most, and read when something has changed.
 * @param nowMs a clock that never goes back
 */
export function currentOverrides({ database }: Store, nowMs = () => performance.now()): () => ReadonlySet<string> {
  let overrides: ReadonlySet<string> = new Set();
  let change = -1;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const now = nowMs();
    if (now - lookedMs < knownMs) return overrides;
    lookedMs = now;
    const newest = newestChange(database);
    if (newest !== change) overrides = new Set(allOverrides(database).map(({ hash }) => hash.toString('hex')));
    change = newest;
    return overrides;
  };
}

/** All overrides, by hash. */
export function allOverrides(database: DatabaseSync): Override[] {
  return database
    .prepare('SELECT hash, reason, time FROM overrides ORDER BY hash')
    .all()
    .map(({ hash, reason, time }) => ({
      ...{ hash: Buffer.from(hash as Uint8Array), reason: String(reason), time: Number(time) },
    }));
}

/** Sets overrides, as one change. Throws `StoreUnusable`. @returns how many there were not before */
export function addOverrides(store: Store, hashes: readonly Buffer[], reason: string): number {
  return changeStore(store, (database) => {
    const put = database.prepare('INSERT INTO overrides VALUES (?, ?, unixepoch()) ON CONFLICT DO NOTHING');
    const isNew = hashes.filter((hash) => put.run(hash, reason).changes === 1);
    if (isNew.length > 0) noteChange(database, 'overrides were set');
    return isNew.length;
  });
}

/** Takes overrides back, as one change. Throws `StoreUnusable`. @returns how many there were */
export function removeOverrides(store: Store, hashes: readonly Buffer[]): number {
  return changeStore(store, (database) => {
    const remove = database.prepare('DELETE FROM overrides WHERE hash = ?');
    const found = hashes.filter((hash) => remove.run(hash).changes === 1);
    if (found.length > 0) noteChange(database, 'overrides were removed');
    return found.length;
  });
}
