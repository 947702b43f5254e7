import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { added, countOf, noDurations, quantile, withDuration } from '../../../src/projections/statistics/histogram.ts';

const histogramOf = (times: readonly number[]) => times.reduce(withDuration, noDurations);
const times = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 200 });

describe('durations in buckets', () => {
  test('two halves added are the whole', () => {
    fc.assert(
      fc.property(times, times, (a, b) => {
        expect(added(histogramOf(a), histogramOf(b))).toEqual(histogramOf([...a, ...b]));
      }),
    );
  });

  test('a quantile is never further from the truth than its bucket is wide', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 131_072 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99),
        (some, part) => {
          const sorted = some.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
          const found = quantile(histogramOf(some), part) ?? 0;
          const top = 2 ** Math.ceil(Math.log2(exact));
          expect(found).toBeLessThanOrEqual(top);
          expect(found).toBeGreaterThan(top === 1 ? 0 : top / 2);
        },
      ),
    );
  });

  test.each([
    [0, { '0': 1 }],
    [1, { '0': 1 }],
    [2, { '1': 1 }],
    [3, { '2': 1 }],
    [131_072, { '17': 1 }],
    [131_073, { '18': 1 }],
  ])('%d ms', (ms, buckets) => {
    expect(withDuration(noDurations, ms)).toEqual({ buckets, sumMs: ms });
  });

  test('what took longer than all buckets counts as the longest, and nothing has no quantile', () => {
    expect(quantile(histogramOf([500_000]), 0.5)).toBe(131_072);
    expect(quantile(noDurations, 0.5)).toBeUndefined();
    expect(countOf(histogramOf([1, 1, 9]))).toBe(3);
  });

  test('a duration that is not known is not counted', () => {
    expect(withDuration(noDurations, undefined)).toBe(noDurations);
  });
});
