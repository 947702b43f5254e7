import type { ViewReader } from '../../projections/ports/view-store.ts';
import { parkedOf, positionsOf, rowOf, rowsOf, servedGeneration } from './queries.ts';
import { openViewFile } from './view-file.ts';

const noPositions: ReadonlyMap<string, number> = new Map();

/**
 * Opens a view for queries, on a connection of its own; others may write it meanwhile.
 * @throws {ViewFileUnusable}
 */
export function openViewReader(folder: string, projection: string): ViewReader {
  const db = openViewFile(folder, projection);
  const generation = () => servedGeneration(db)?.number;
  /** The generation may be replaced between two statements; not inside one transaction. */
  const whole = <Result>(read: (generation: number) => Result, none: Result): Result => {
    db.exec('BEGIN');
    try {
      const number = generation();
      return number === undefined ? none : read(number);
    } finally {
      db.exec('COMMIT');
    }
  };
  return {
    get: (table, key) => whole((number) => rowOf(db, number, table, key), undefined),
    query: (table, query = {}) => rowsOf(db, table, query),
    parked: () => whole((number) => parkedOf(db, number), []),
    positions: () => whole((number) => positionsOf(db, number), noPositions),
    version: () => servedGeneration(db)?.version,
    close() {
      if (db.isOpen) db.close();
    },
  };
}
