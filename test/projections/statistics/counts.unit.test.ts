import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedCount, counted, noNames, together } from '../../../src/projections/statistics/counts.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__', 'constructor', '');
const countAll = (names: readonly string[]) => names.reduce((counts, each) => boundedCount(counts, each, 3), noNames);
const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

test('names in any order make the same bounded counts, and nothing is lost', () => {
  const namesAndOrder = fc
    .array(name, { maxLength: 40 })
    .chain((names) => fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })));
  fc.assert(
    fc.property(namesAndOrder, ([names, other]) => {
      const [a, b] = [countAll(names), countAll(other)];
      expect([sorted(a.names), a.other]).toEqual([sorted(b.names), b.other]);
      expect(Object.keys(a.names).length).toBeLessThanOrEqual(3);
      expect(a.other + Object.values(a.names).reduce((sum, count) => sum + count, 0)).toBe(names.length);
    }),
  );
});

test('a name may be that of a part of every object', () => {
  const counts = counted(counted({}, '__proto__'), 'toString');
  expect(Object.entries(JSON.parse(JSON.stringify(together(counts, counts))))).toEqual([
    ['__proto__', 2],
    ['toString', 2],
  ]);
});
