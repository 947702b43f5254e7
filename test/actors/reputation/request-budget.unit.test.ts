import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DayCount } from '../../../src/actors/ports/hash-service.ts';
import { createRequestBudget } from '../../../src/actors/reputation/request-budget.ts';

const noonMs = Date.parse('2026-11-24T12:00:00Z');

function memory(): DayCount & { kept?: { day: string; taken: number }; writes: number } {
  return {
    writes: 0,
    read() {
      return this.kept;
    },
    write(count) {
      this.kept = count;
      this.writes++;
    },
  };
}

describe('of a minute', () => {
  const limits = { perMinute: 4, perDay: 0 };

  test('the fifth waits until the first is a minute old', () => {
    const budget = createRequestBudget(memory());
    for (const second of [0, 1, 2, 3]) expect(budget.take(noonMs + second * 1000, limits)).toBe(0);
    expect(budget.take(noonMs + 10_000, limits)).toBe(50_000);
    expect(budget.take(noonMs + 60_000, limits)).toBe(0);
    expect(budget.take(noonMs + 60_000, limits)).toBe(1000);
  });

  test('no minute has more, whenever they are asked for', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 20, maxLength: 100 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 7 }), (gaps, perMinute) => {
        const budget = createRequestBudget(memory());
        const taken: number[] = [];
        let nowMs = noonMs;
        for (const gap of gaps) {
          nowMs += gap;
          if (budget.take(nowMs, { perMinute, perDay: 0 }) === 0) taken.push(nowMs);
          const inMinute = taken.filter((at) => at > nowMs - 60_000);
          expect(inMinute.length).toBeLessThanOrEqual(perMinute);
        }
      }),
    );
  });

  test('after what is said to be the time there is one', () => {
    const budget = createRequestBudget(memory());
    while (budget.take(noonMs, limits) === 0);
    expect(budget.take(noonMs + budget.take(noonMs, limits), limits)).toBe(0);
  });

  test('a clock that was set back by an hour holds nothing for longer than a minute', () => {
    const budget = createRequestBudget(memory());
    while (budget.take(noonMs, limits) === 0);
    expect(budget.take(noonMs - 3_600_000, limits)).toBe(0);
  });
});

describe('of a day', () => {
  const limits = { perMinute: 0, perDay: 500 };
  const taken = (budget: ReturnType<typeof createRequestBudget>, most: number) => {
    let count = 0;
    while (count < most && budget.take(noonMs, limits) === 0) count++;
    return count;
  };

  test('as many as there are; then none until 00:00 UTC', () => {
    const budget = createRequestBudget(memory());
    expect(taken(budget, 1000)).toBe(500);
    expect(budget.take(noonMs, limits)).toBe(12 * 3_600_000);
    expect(budget.take(Date.parse('2026-11-25T00:00:00Z'), limits)).toBe(0);
  });

  test('a process that is killed loses at most a hundredth, and exceeds nothing', () => {
    const store = memory();
    expect(taken(createRequestBudget(store), 123)).toBe(123);
    const left = taken(createRequestBudget(store), 1000);
    expect(left).toBeLessThanOrEqual(377);
    expect(left).toBeGreaterThanOrEqual(372);
    expect(store.writes).toBeLessThanOrEqual(102);
  });

  test('the count of another day is not that of this one', () => {
    const store = memory();
    store.kept = { day: '2026-11-23', taken: 500 };
    expect(taken(createRequestBudget(store), 1000)).toBe(500);
  });
});

test('without limits nothing is counted', () => {
  const store = memory();
  const budget = createRequestBudget(store);
  for (let each = 0; each < 1000; each++) expect(budget.take(noonMs, { perMinute: 0, perDay: 0 })).toBe(0);
  expect(store.writes).toBe(0);
});
