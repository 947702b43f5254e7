import type { StoredChange } from './ports/view-store.ts';
import type { Change, ColumnType, Projection } from './projection.ts';

/**
 * Makes a change ready for the store. A column's value is the field of its name.
 * @throws {TypeError} for a table that is not declared, a row that is no JSON, a value of another type than its column's.
 */
export function encodeChange({ tables }: Projection, { table, key, row }: Change): StoredChange {
  const declared = tables[table];
  if (declared === undefined) throw new TypeError(`there is no table ${table}`);
  if (row === undefined) return { table, key, columns: {} };
  const columns = Object.entries(declared.columns).map(([name, type]) => [name, columnValue(name, type, row[name])]);
  return { table, key, row: JSON.stringify(row), columns: Object.fromEntries(columns) };
}

function columnValue(name: string, type: ColumnType, value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  if (type === 'text' && typeof value === 'string') return value;
  if (type !== 'text' && typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (type === 'time' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  throw new TypeError(`column ${name} is ${type}, not ${JSON.stringify(value)}`);
}
