import type { ViewReader } from '../../projections/ports/view-store.ts';
import { parkedOf, positionsOf, rowOf, rowsOf, servedGeneration } from './queries.ts';
import { openViewFile } from './view-file.ts';

const noPositions: ReadonlyMap<string, number> = new Map();

/**
 * Opens a view for queries, on a connection of its own; others may write it meanwhile.
 * Each reading may find that the file is damaged, and throws `ViewDamaged` then.
 * @throws {ViewFileUnusable} {ViewDamaged}
 */
export function openViewReader(folder: string, projection: string): ViewReader {
  const file = openViewFile(folder, projection);
  const { db } = file;
  /** The generation may be replaced between two statements; not inside one transaction. */
  const whole = <Result>(read: (generation: number) => Result, none: Result): Result =>
    file.use(() => {
      db.exec('BEGIN');
      try {
        const generation = servedGeneration(db);
        return generation === undefined ? none : read(generation.number);
      } finally {
        db.exec('COMMIT');
      }
    });
  return {
    get: (table, key) => whole((number) => rowOf(db, number, table, key), undefined),
    query: (table, query = {}) => rowsOf(file, table, query),
    parked: () => whole((number) => parkedOf(db, number), []),
    positions: () => whole((number) => positionsOf(db, number), noPositions),
    version: () => file.use(() => servedGeneration(db)?.version),
    close: () => file.close(),
  };
}
