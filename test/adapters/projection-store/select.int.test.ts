import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTables, tableName } from '../../../src/adapters/projection-store/generation-tables.ts';
import { select } from '../../../src/adapters/projection-store/select.ts';
import { entryTable } from '../../../src/projections/log-entries/table.ts';
import type { Query } from '../../../src/projections/ports/view-store.ts';

const table = tableName(1, 'entries');

/** Entries of a log with these levels and times, in this order. */
function tableWith(entries: readonly { level: string; time: number }[]): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  createTables(db, 1, { entries: entryTable });
  const insert = db.prepare(`INSERT INTO ${table} (key, row, c_level, c_time, c_messageId) VALUES (?, ?, ?, ?, ?)`);
  for (const [index, { level, time }] of entries.entries())
    insert.run(`${index}`, `${index}`, level, time, `m${index % 7}`);
  return db;
}

function plan(db: DatabaseSync, query: Query): string[] {
  const { sql, values } = select(table, query);
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => String(detail));
}

const newest = { orderBy: 'time', newestFirst: true, limit: 10 } as const;
const range = { column: 'time', from: 5, before: 900 };

describe('the plan of a query of a log', () => {
  const db = tableWith(
    Array.from({ length: 1000 }, (_, time) => ({ level: ['error', 'warning'][time % 2] ?? '', time })),
  );

  test.each<[string, Query, string[]]>([
    ['everything', newest, ['SCAN t USING INDEX time']],
    ['a time', { ...newest, range }, ['SEARCH t USING INDEX time (c_time>? AND c_time<?)']],
    ['a level', { ...newest, where: { level: 'error' } }, ['SEARCH t USING INDEX level_time (c_level=?)']],
    [
      'a level and a time',
      { ...newest, where: { level: ['error'] }, range },
      ['SEARCH t USING INDEX level_time (c_level=? AND c_time>? AND c_time<?)'],
    ],
    [
      'a message',
      { ...newest, where: { messageId: 'm3' }, range },
      ['SEARCH t USING INDEX messageId_time (c_messageId=? AND c_time>? AND c_time<?)'],
    ],
    [
      'two levels, merged in order',
      { ...newest, where: { level: ['error', 'warning'] }, range },
      [
        ...['MERGE (UNION ALL)', 'LEFT', 'SEARCH t USING INDEX level_time (c_level=? AND c_time>? AND c_time<?)'],
        ...['RIGHT', 'SEARCH t USING INDEX level_time (c_level=? AND c_time>? AND c_time<?)'],
      ],
    ],
  ])('%s: by an index, and nothing is sorted', (_what, query, expected) => {
    const shown = plan(db, query).map((line) =>
      line.replaceAll(/g1_entries_?/g, '').replace(/(SCAN|SEARCH) +/, '$1 t '),
    );
    expect(shown).toEqual(expected);
    // The same when SQLite knows how much there is of what.
    db.exec('ANALYZE');
    expect(plan(db, query).join()).not.toMatch(/TEMP B-TREE|SCAN \S+$/);
  });
});

test('whatever is asked for, the rows are those that fit, by time and then as the log has them', () => {
  const levels = ['error', 'warning', 'information'];
  const entry = fc.record({ level: fc.constantFrom(...levels), time: fc.integer({ min: 0, max: 20 }) });
  const bound = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined });
  const asked = fc.record({
    level: fc.array(fc.constantFrom(...levels), { maxLength: 5 }),
    ...{ from: bound, before: bound, limit: fc.integer({ min: 0, max: 40 }), newestFirst: fc.boolean() },
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), asked, (entries, { level, from, before, limit, newestFirst }) => {
      const db = tableWith(entries);
      const bounds = { column: 'time', ...(from !== undefined && { from }), ...(before !== undefined && { before }) };
      const { sql, values } = select(table, { where: { level }, range: bounds, orderBy: 'time', newestFirst, limit });
      const found = db
        .prepare(sql)
        .all(...values)
        .map(({ row }) => Number(row));
      const wanted = entries
        .map((each, index) => ({ ...each, index }))
        .filter((each) => level.includes(each.level) && each.time >= (from ?? 0) && each.time < (before ?? 99))
        .sort((a, b) => a.time - b.time || a.index - b.index)
        .map(({ index }) => index);
      expect(found).toEqual((newestFirst ? wanted.reverse() : wanted).slice(0, limit));
      db.close();
    }),
  );
});
