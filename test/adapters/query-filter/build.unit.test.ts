import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';
import { FilterInvalid } from '../../../src/adapters/query-filter/format.ts';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';

const rates = fc.double({ min: 1e-9, max: 0.5, noNaN: true });

describe('buildFilter', () => {
  it('has no false negative, and gives back what it was told', () => {
    const anyKeys = fc.array(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 70 })), { maxLength: 200 });
    fc.assert(
      fc.property(anyKeys, rates, fc.uint8Array({ maxLength: 50 }), fc.nat(50), (keys, rate, data, spare) => {
        const capacity = keys.length + spare + 1;
        const filter = readFilter(buildFilter({ keys, capacity, falsePositiveRate: rate, data }));
        expect(keys.filter((key) => !filter.has(key))).toEqual([]);
        expect(filter).toMatchObject({ capacity, falsePositiveRate: rate, data: Buffer.from(data) });
        expect(filter.count).toBeLessThanOrEqual(keys.length);
      }),
      { numRuns: 300 },
    );
  });

  it.each([0.05, 0.01, 0.001])('when full it has about %d false positives', (falsePositiveRate) => {
    const keys = Array.from({ length: 20_000 }, (_, i) => hash('sha256', `in ${i}`));
    const filter = readFilter(buildFilter({ keys, capacity: keys.length, falsePositiveRate }));
    const tries = 100_000;
    let positives = 0;
    for (let i = 0; i < tries; i++) if (filter.has(hash('sha256', `out ${i}`))) positives++;
    const expected = tries * falsePositiveRate;
    const fiveSigma = 5 * Math.sqrt(expected);
    expect(Math.abs(positives - expected)).toBeLessThan(fiveSigma + expected * 0.1);
  });

  it('counts a key once', () => {
    const filter = readFilter(buildFilter({ keys: ['a', 'a', 'b', 'a'], capacity: 2, falsePositiveRate: 1e-6 }));
    expect(filter.count).toBe(2);
  });

  it('an empty filter holds nothing', () => {
    const filter = readFilter(buildFilter({ keys: [], capacity: 1, falsePositiveRate: 0.01 }));
    expect([filter.count, filter.has(''), filter.has('a')]).toEqual([0, false, false]);
  });

  it.each([
    [{ capacity: 0, falsePositiveRate: 0.01 }, 'capacity 0'],
    [{ capacity: 1.5, falsePositiveRate: 0.01 }, 'capacity 1.5'],
    [{ capacity: -1, falsePositiveRate: 0.01 }, 'capacity -1'],
    [{ capacity: 10, falsePositiveRate: 0 }, 'false positive rate 0'],
    [{ capacity: 10, falsePositiveRate: 1 }, 'false positive rate 1'],
    [{ capacity: 10, falsePositiveRate: Number.NaN }, 'false positive rate NaN'],
    [{ capacity: 1, falsePositiveRate: 0.99 }, 'number of bits 0'],
    [{ capacity: 1e15, falsePositiveRate: 0.01 }, 'number of bits'],
    [{ capacity: 1e6, falsePositiveRate: 0.01, bytesMax: 1e6 }, 'more than the allowed 1000000'],
    [{ capacity: 1, falsePositiveRate: 0.01 }, 'more keys than the capacity of 1'],
  ])('refuses %j', (options, message) => {
    const build = () => buildFilter({ keys: ['a', 'b'], ...options });
    expect(build).toThrow(FilterInvalid);
    expect(build).toThrow(message);
  });
});
