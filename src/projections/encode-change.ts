import type { StoredChange, ViewTransaction } from './ports/view-store.ts';
import type { Change, ColumnType, Projection } from './projection.ts';

/**
 * Makes a change ready for the store. A column's value is the field of its name.
 * @throws {TypeError} for a table that is not declared, a row that is no JSON, a value of another type than its column's.
 */
export function encodeChange({ tables }: Projection, { table, key, row }: Change): StoredChange {
  const declared = tables[table];
  if (declared === undefined) throw new TypeError(`there is no table ${table}`);
  if (row === undefined) return { table, key, values: [] };
  const values: (string | number | null)[] = [];
  // A loop, not entries and pairs: this runs for every event of a rebuild.
  for (const name in declared.columns) {
    values.push(columnValue(name, declared.columns[name] as ColumnType, row[name]));
  }
  return { table, key, row: JSON.stringify(row), values };
}

/** Does changes that no event made. @returns how many there were */
export function applyChanges(
  projection: Projection,
  view: Pick<ViewTransaction, 'apply'>,
  changes: readonly Change[],
): number {
  for (const change of changes) view.apply(encodeChange(projection, change));
  return changes.length;
}

function columnValue(name: string, type: ColumnType, value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  if (type === 'text' && typeof value === 'string') return value;
  if (type !== 'text' && typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (type === 'time' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  throw new TypeError(`column ${name} is ${type}, not ${JSON.stringify(value)}`);
}
