import type { DatabaseSync } from 'node:sqlite';
import type { Parked, Query } from '../../projections/ports/view-store.ts';
import type { Row } from '../../projections/projection.ts';
import { ContentDamaged } from './damage.ts';
import { tableName } from './generation-tables.ts';
import { select } from './select.ts';
import type { ViewFile } from './view-file.ts';

/** A generation as the file lists it. */
export interface GenerationRow {
  number: number;
  version: number;
  source: string;
  tables: string;
}

/** The generation that queries are answered from. */
export function servedGeneration(db: DatabaseSync): GenerationRow | undefined {
  return db.prepare('SELECT number, version, source, tables FROM generations WHERE is_served = 1').get() as
    | GenerationRow
    | undefined;
}

export function rowOf(db: DatabaseSync, generation: number, table: string, key: string): Row | undefined {
  const found = db.prepare(`SELECT row FROM ${tableName(generation, table)} WHERE key = ?`).get(key);
  return found === undefined ? undefined : parsedRow(found.row);
}

/** Rows read bit by bit, by one statement: a generation that is dropped meanwhile stays whole for it. */
export function* rowsOf(file: ViewFile, table: string, query: Query): Generator<Row> {
  try {
    yield* statementRows(file.db, table, query);
  } catch (error) {
    throw file.judged(error);
  }
}

function* statementRows(db: DatabaseSync, table: string, query: Query): Generator<Row> {
  db.exec('BEGIN');
  let rows: Iterator<Record<string, unknown>> | undefined;
  let next: IteratorResult<Record<string, unknown>> | undefined;
  try {
    const generation = servedGeneration(db);
    if (generation === undefined) return;
    const { sql, values } = select(tableName(generation.number, table), query);
    rows = db.prepare(sql).iterate(...values);
    next = rows.next();
  } finally {
    // The statement keeps what it sees; the transaction was there so that it begins with the generation just found.
    db.exec('COMMIT');
  }
  try {
    for (; next.done !== true; next = rows.next()) yield parsedRow(next.value.row);
  } finally {
    rows.return?.();
  }
}

/** @throws {ContentDamaged} */
export function parsedRow(text: unknown): Row {
  try {
    return JSON.parse(String(text)) as Row;
  } catch (error) {
    throw new ContentDamaged('a row is no JSON', { cause: error });
  }
}

export function positionsOf(db: DatabaseSync, generation: number): ReadonlyMap<string, number> {
  const rows = db.prepare('SELECT stream, offset FROM positions WHERE generation = ? ORDER BY stream').all(generation);
  return new Map(rows.map(({ stream, offset }) => [String(stream), Number(offset)]));
}

const parkedFields = 'SELECT stream, offset, reason, text, time_ms AS timeMs FROM parked WHERE generation = ?';

/** Oldest first. */
export function parkedOf(db: DatabaseSync, generation: number): Parked[] {
  return db.prepare(`${parkedFields} ORDER BY number`).all(generation) as unknown as Parked[];
}

/** The oldest of those that nobody was told of; no more than memory holds. */
export function untoldOf(db: DatabaseSync, generation: number): Parked[] {
  return db.prepare(`${parkedFields} AND is_told = 0 ORDER BY number LIMIT 100`).all(generation) as unknown as Parked[];
}
