import type { DatabaseSync } from 'node:sqlite';

/** Runs work in one writing transaction; what it throws undoes everything and is thrown on. */
export function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  // Immediate: a transaction that reads first and writes later could fail half-way, as another one wrote meanwhile.
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
