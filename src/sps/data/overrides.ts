import type { DatabaseSync } from 'node:sqlite';
import { changeStore, noteChange, type Store } from './store.ts';

/** A hash that is no malware, whatever the sources say: a false positive. */
export interface Override {
  /** MD5, SHA-1 or SHA-256. */
  hash: Buffer;
  reason: string;
  /** Seconds since 1970. */
  time: number;
}

/**
 * Asks whether hashes are overridden, for answers: counts from the moment when it is set, before anything is published.
 * A look-up takes microseconds. To be made once for a store.
 */
export function overrideChecker({ database }: Store): (hash: Buffer) => boolean {
  const find = database.prepare('SELECT 1 FROM overrides WHERE hash = ?');
  return (hash) => find.get(hash) !== undefined;
}

/** Asks whether there are overrides at all: there are seldom any, and a query need not look for each of its hashes then. */
export function overridesChecker({ database }: Store): () => boolean {
  const some = database.prepare('SELECT EXISTS (SELECT 1 FROM overrides) AS some');
  return () => some.get()?.some === 1;
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
