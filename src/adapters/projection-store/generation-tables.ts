import type { DatabaseSync } from 'node:sqlite';
import type { Table } from '../../projections/projection.ts';

/** Tables of a view, as `Projection.tables`. */
export type Tables = Readonly<Record<string, Table>>;

/** Name of a table of one generation, quoted. */
export function tableName(generation: number, table: string): string {
  return quoted(`g${generation}_${table}`);
}

/** A name in SQL. Names are of the projections' own code; anything else is refused. */
export function quoted(name: string): string {
  if (!/^\w+$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a table or column`);
  return `"${name}"`;
}

/** Makes the tables of a generation: rows by key, and the indexes. */
export function createTables(db: DatabaseSync, generation: number, tables: Tables): void {
  for (const [table, { columns, indexes }] of Object.entries(tables)) {
    const name = tableName(generation, table);
    const typed = Object.entries(columns).map(
      ([column, type]) => `, ${columnName(column)} ${type === 'text' ? 'TEXT' : 'INTEGER'}`,
    );
    db.exec(
      `CREATE TABLE ${name} (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, row TEXT NOT NULL${typed.join('')}) STRICT`,
    );
    for (const index of indexes ?? Object.keys(columns).map((column) => [column])) {
      const indexName = quoted(`g${generation}_${table}_${index.join('_')}`);
      db.exec(`CREATE INDEX ${indexName} ON ${name} (${index.map(columnName).join(', ')})`);
    }
  }
}

/** Removes everything of a generation. */
export function dropGeneration(db: DatabaseSync, generation: number): void {
  const { tables } = db.prepare('SELECT tables FROM generations WHERE number = ?').get(generation) ?? {};
  for (const table of Object.keys(JSON.parse(String(tables ?? '{}')) as Tables)) {
    db.exec(`DROP TABLE IF EXISTS ${tableName(generation, table)}`);
  }
  for (const table of ['positions', 'counters', 'ids', 'parked']) {
    db.prepare(`DELETE FROM ${table} WHERE generation = ?`).run(generation);
  }
  db.prepare('DELETE FROM generations WHERE number = ?').run(generation);
}

/** A column apart from the names that each table has. */
export function columnName(column: string): string {
  return quoted(`c_${column}`);
}
