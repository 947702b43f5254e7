import type { ViewFile } from './view-file.ts';

/**
 * Runs work in one writing transaction; what it throws undoes everything and is thrown on.
 * @throws {ViewTaken} when the file is not in its place any more
 */
export function inTransaction<Result>(file: ViewFile, work: () => Result): Result {
  const { db } = file;
  return file.use(() => {
    // Immediate: a transaction that reads first and writes later could fail half-way, as another one wrote meanwhile.
    db.exec('BEGIN IMMEDIATE');
    try {
      file.assertThere();
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  });
}
