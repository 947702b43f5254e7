import { describe, expect, test } from 'vitest';
import { filterCapacity } from '../../../src/sps/products/filter-capacity.ts';
import { nextVersion } from '../../../src/sps/products/next-version.ts';

const built = (sha256: string, name = 'agent.hsb') => ({ entries: 1, files: [{ name, size: 1, sha256 }] });
const at = Date.UTC(2026, 10, 24, 19, 30, 5);

describe('the version of a product', () => {
  const first = nextVersion(undefined, built('a'), at);

  test('is the time and the digest', () => {
    expect(first.number).toBe(20261124193005);
    expect(first.version).toMatch(/^20261124193005-[0-9a-f]{12}$/);
  });

  test('stays as long as the content does, whatever the time; unless it has to be another', () => {
    expect(nextVersion(first, built('a'), at + 1000)).toEqual(first);
    expect(nextVersion(first, built('a'), at + 1000, true).number).toBe(20261124193006);
  });

  test('rises with every other content, also twice within a second, and when the clock goes back', () => {
    const second = nextVersion(first, built('b'), at);
    expect(second.number).toBe(20261124193006);
    expect(nextVersion(second, built('b', 'other.hsb'), at - 86_400_000).number).toBe(20261124193007);
  });
});

describe('the capacity of a filter', () => {
  test.each([
    ['none before: a quarter more', 100_000, undefined, 125_000],
    ['few keys: enough for many', 3, undefined, 10_000],
    ['as before while it fits', 124_999, 125_000, 125_000],
    ['to the last key', 125_000, 125_000, 125_000],
    ['larger when it is full', 125_001, 125_000, 156_252],
    ['as before when some go', 40_000, 125_000, 125_000],
    ['smaller when most go', 30_000, 125_000, 37_500],
    ['the smallest stays', 3, 10_000, 10_000],
  ])('%s', (_, keys, before, capacity) => {
    expect(filterCapacity(keys, before)).toBe(capacity);
  });
});
