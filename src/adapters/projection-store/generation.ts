import type { DatabaseSync } from 'node:sqlite';
import type { Parked, StoredChange, TimedRow, ViewTransaction } from '../../projections/ports/view-store.ts';
import type { Row } from '../../projections/projection.ts';
import { columnName, type Tables, tableName } from './generation-tables.ts';
import { parkedOf, parsedRow } from './queries.ts';
import { createSeenIds } from './seen-ids.ts';

/** Parked events that are kept, the newest. */
const PARKED_MAX = 10_000;

/** What a transaction does to one generation; the statements are prepared once. */
export interface Generation {
  number: number;
  begin(): { transaction: ViewTransaction; save(): void };
}

/** @param tables those that the generation was made with. */
export function prepareGeneration(db: DatabaseSync, number: number, tables: Tables): Generation {
  const position = db.prepare('SELECT offset FROM positions WHERE generation = ? AND stream = ?');
  const move = db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)');
  const park = prepareParking(db, number);
  const changes = new Map(Object.keys(tables).map((table) => [table, prepareTable(db, number, table, tables)]));
  const ids = createSeenIds(db, number);
  const of = (table: string) => {
    const found = changes.get(table);
    if (found === undefined) throw new RangeError(`there is no table ${table}`);
    return found;
  };
  return {
    number,
    begin() {
      const seen = ids.begin();
      const transaction: ViewTransaction = {
        get: (table, key) => of(table).get(key),
        rowsOfTime: (table, fromMs, beforeMs) => of(table).rowsOfTime(fromMs, beforeMs),
        position: (stream) => position.get(number, stream)?.offset as number | undefined,
        move: (stream, offset) => void move.run(number, stream, offset),
        takeId: (stream, id) => seen.take(stream, id),
        apply: (change) => of(change.table).apply(change),
        park,
        takeParked() {
          const parked = parkedOf(db, number);
          db.prepare('DELETE FROM parked WHERE generation = ?').run(number);
          return parked;
        },
      };
      return { transaction, save: () => seen.save() };
    },
  };
}

/** Rows read at once while they may be changed: a statement that is read bit by bit would see changes, or not. */
const ROWS_AT_ONCE = 500;

function* rowsOfTime(
  db: DatabaseSync,
  name: string,
  time: string,
  fromMs: number,
  beforeMs: number,
): Generator<TimedRow> {
  const select = db.prepare(
    `SELECT number, key, ${time} AS time, row FROM ${name} WHERE (${time}, number) > (?, ?) AND ${time} < ?
     ORDER BY ${time}, number LIMIT ${ROWS_AT_ONCE}`,
  );
  let place: [time: number, number: number] = [fromMs, 0];
  for (;;) {
    const found = select.all(...place, beforeMs);
    for (const { key, row, time: timeMs } of found)
      yield { key: String(key), row: parsedRow(row), timeMs: Number(timeMs) };
    const last = found.at(-1);
    if (last === undefined || found.length < ROWS_AT_ONCE) return;
    place = [Number(last.time), Number(last.number)];
  }
}

function prepareTable(db: DatabaseSync, generation: number, table: string, tables: Tables) {
  const name = tableName(generation, table);
  const types = tables[table]?.columns ?? {};
  const columns = Object.keys(types);
  const names = ['key', 'row', ...columns.map(columnName)];
  const get = db.prepare(`SELECT row FROM ${name} WHERE key = ?`);
  const remove = db.prepare(`DELETE FROM ${name} WHERE key = ?`);
  // An update keeps the row's number, so that rows stay in the order in which they came.
  const put = db.prepare(
    `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (key) DO UPDATE SET ${names
       .slice(1)
       .map((each) => `${each} = excluded.${each}`)
       .join(', ')}`,
  );
  return {
    get(key: string): Row | undefined {
      const found = get.get(key);
      return found === undefined ? undefined : parsedRow(found.row);
    },
    apply({ key, row, values }: StoredChange): void {
      if (row === undefined) remove.run(key);
      else put.run(key, row, ...values);
    },
    rowsOfTime(fromMs: number, beforeMs: number): Iterable<TimedRow> {
      const time = columns.find((column) => types[column] === 'time');
      if (time === undefined) throw new RangeError(`the table ${table} has no time`);
      return rowsOfTime(db, name, columnName(time), fromMs, beforeMs);
    },
  };
}

function prepareParking(db: DatabaseSync, generation: number): (parked: Parked) => void {
  // What the generation before had parked, too, was told then.
  const told = db.prepare(
    'SELECT 1 FROM parked WHERE stream = ? AND offset = ? AND text = ? AND generation <> ? AND is_told = 1 LIMIT 1',
  );
  const insert = db.prepare(
    'INSERT INTO parked (generation, stream, offset, reason, text, time_ms, is_told) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const cut = db.prepare('DELETE FROM parked WHERE generation = ? AND number <= (SELECT max(number) FROM parked) - ?');
  return ({ stream, offset, reason, text, timeMs }) => {
    const isTold = told.get(stream, offset, text, generation) !== undefined;
    insert.run(generation, stream, offset, reason, text, timeMs, isTold ? 1 : 0);
    cut.run(generation, PARKED_MAX);
  };
}
