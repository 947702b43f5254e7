import { expect, test } from 'vitest';
import { Group } from '../../../src/adapters/journal/group.ts';
import { testEvent } from '../../support/journal-conformance.ts';

function add(group: Group, ...jsons: string[]): void {
  for (const json of jsons) group.add('scans', testEvent(1), json);
}

test('one line an event, in one row while it is small', () => {
  const group = new Group();
  add(group, '{"a":1}', '{"b":2}');
  expect(group.chunks).toMatchObject([{ offset: 0, count: 2, body: '{"a":1}\n{"b":2}' }]);
  expect(group.marks).toEqual([]);
});

test('a row that has reached 512 KiB is closed, and the next begins where it ends', () => {
  const group = new Group();
  const large = 'x'.repeat(300 * 1024);
  add(group, large, large, '{}', large);
  expect(group.chunks.map(({ offset, count }) => [offset, count])).toEqual([
    [0, 2],
    [2, 2],
  ]);
  expect(group.count).toBe(4);
});

test('keeps the latest time of a row, and where subjects of other lanes are', () => {
  const group = new Group();
  for (const time of ['2026-05-12T10:00:00.000Z', '2026-05-12T11:00:00.000Z', '2026-05-12T10:30:00.000Z']) {
    group.add('servers', testEvent(1, { time, subject: `server/${time}` }), '{}');
  }
  expect(group.chunks[0]?.time).toBe('2026-05-12T11:00:00.000Z');
  expect(group.marks.map(({ lane, offset }) => [lane, offset])).toEqual([
    ['servers', 0],
    ['servers', 1],
    ['servers', 2],
  ]);
});
