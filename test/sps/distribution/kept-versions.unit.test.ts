import { expect, test } from 'vitest';
import { keptVersions } from '../../../src/sps/distribution/kept-versions.ts';
import type { Product } from '../../../src/sps/products/publication.ts';

const minute = 60_000;
const day = 1440 * minute;
const product = (builtAtMs: number, size = 1000): Product => ({
  ...{ number: builtAtMs, version: String(builtAtMs), builtAtMs, entries: 1, deltas: [] },
  files: [{ name: 'agent.hsb', size, sha256: '0'.repeat(64) }],
});
const agesOf = (versions: readonly Product[], nowMs: number) =>
  versions.map(({ builtAtMs }) => (nowMs - builtAtMs) / minute);

test('a version every minute for a day: the last one, and some of every age', () => {
  let kept: Product[] = [];
  for (let n = 0; n < 1440; n++) kept = keptVersions([product(n * minute), ...kept], (n + 1) * minute);
  const ages = agesOf(kept, 1440 * minute);
  expect(ages).toHaveLength(8);
  expect(ages[0]).toBe(1);
  // Whoever comes every quarter of an hour, every hour, or after half a day finds one that is not much newer or older.
  for (const age of [2, 15, 60, 720]) {
    expect(ages.some((one) => one >= age && one <= age * 6)).toBe(true);
  }
});

test('after eight days a version goes; the last one stays at any age', () => {
  const now = 100 * day;
  expect(agesOf(keptVersions([product(now - day), product(now - 9 * day)], now), now)).toEqual([1440]);
  expect(keptVersions([product(now - 50 * day)], now)).toHaveLength(1);
});

test('large ones only as far as they have room; the last one even so', () => {
  const now = 10 * day;
  const versions = [1, 2, 3, 4].map((n) => product(now - n * minute, 400 * 1024 ** 2));
  expect(agesOf(keptVersions(versions, now), now)).toEqual([1, 2]);
  const huge = [1, 2].map((n) => product(now - n * minute, 3 * 1024 ** 3));
  expect(agesOf(keptVersions(huge, now), now)).toEqual([1]);
});

test('of none none', () => {
  expect(keptVersions([], 0)).toEqual([]);
});
