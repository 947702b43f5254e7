import type { Query } from '../../projections/ports/view-store.ts';
import { columnName } from './generation-tables.ts';

/** Values of one column that are looked for one by one; SQLite joins at most 500 parts. */
const BRANCHES_MAX = 50;

type Value = string | number;

/** SQL and its values. */
export interface Select {
  sql: string;
  values: Value[];
}

/**
 * The SQL of a query: columns are names of code, everything else is a value. Rows come in the order of an index, so the
 * first ones are there at once, whatever the size of the table. Several values of one column are parts of their own that SQLite
 * merges in order: with `IN` it would read all of them and sort.
 */
export function select(table: string, query: Query): Select {
  const { orderBy, newestFirst, limit } = query;
  const parts = branches(query).map((where) => part(table, { ...query, where }));
  const direction = newestFirst ? 'DESC' : 'ASC';
  const order = [...(orderBy === undefined ? [] : [sortable(orderBy)]), 'number'].map((name) => `${name} ${direction}`);
  return {
    sql: `${parts.map(({ sql }) => sql).join(' UNION ALL ')} ORDER BY ${order.join(', ')} LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), limit ?? -1],
  };
}

/** The conditions once for each value of the first column that has several. */
function branches({ where = {}, orderBy }: Query): NonNullable<Query['where']>[] {
  for (const [column, wanted] of Object.entries(where)) {
    const distinct = [...new Set(listOf(wanted))];
    if (orderBy !== undefined && distinct.length > 1 && distinct.length <= BRANCHES_MAX)
      return distinct.map((value) => ({ ...where, [column]: value }));
  }
  return [where];
}

function part(table: string, { where = {}, range, orderBy }: Query): Select {
  const conditions: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, ...more: readonly Value[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  for (const [column, wanted] of Object.entries(where)) {
    const list = listOf(wanted);
    if (list.length === 1) add(`${columnName(column)} = ?`, ...list);
    else add(`${columnName(column)} IN (${list.map(() => '?').join(', ')})`, ...list);
  }
  if (range?.from !== undefined) add(`${sortable(range.column)} >= ?`, range.from);
  if (range?.before !== undefined) add(`${sortable(range.column)} < ?`, range.before);
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const sorted = orderBy === undefined ? '' : `, ${sortable(orderBy)}`;
  return { sql: `SELECT row, number${sorted} FROM ${table}${filter}`, values };
}

/** A column, or the key, which has an index of its own. */
const sortable = (column: string) => (column === 'key' ? column : columnName(column));

function listOf(wanted: Value | readonly Value[]): readonly Value[] {
  return typeof wanted === 'object' ? wanted : [wanted];
}
