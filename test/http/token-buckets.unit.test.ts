import { expect, test } from 'vitest';
import { createTokenBuckets } from '../../src/http/token-buckets.ts';

const allowance = { perSecond: 10, burst: 20 };
let now = 0;
const buckets = (max = 10) => {
  now = 0;
  return createTokenBuckets(max, () => now);
};

test('a burst, then the rate; what is owed is waited for', () => {
  const all = buckets();
  expect(all.waitSeconds('a', allowance)).toBe(0);
  all.take('a', allowance, 30);
  expect(all.waitSeconds('a', allowance)).toBeCloseTo(1.1);
  now = 1000;
  expect(all.waitSeconds('a', allowance)).toBeCloseTo(0.1);
  now = 1101;
  expect(all.waitSeconds('a', allowance)).toBe(0);
});

test('a rest fills no more than the burst', () => {
  const all = buckets();
  all.take('a', allowance, 20);
  now = 3_600_000;
  all.take('a', allowance, 20);
  expect(all.waitSeconds('a', allowance)).toBeGreaterThan(0);
});

test('callers do not share', () => {
  const all = buckets();
  all.take('a', allowance, 100);
  expect(all.waitSeconds('b', allowance)).toBe(0);
});

test('only so many are remembered: the one that has been silent longest goes', () => {
  const all = buckets(2);
  for (const caller of ['a', 'b', 'a', 'c']) all.take(caller, allowance, 100);
  expect(all.size).toBe(2);
  expect(all.waitSeconds('a', allowance)).toBeGreaterThan(0);
  expect(all.waitSeconds('b', allowance)).toBe(0);
});
