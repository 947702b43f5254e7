import { describe, expect, test } from 'vitest';
import { textPattern } from '../../src/projections/text-pattern.ts';

describe('patterns of the log query', () => {
  test.each([
    ['', 'anything', true],
    [' ; ', 'anything', true],
    ['*時間*;*smart*', '300秒の時間', true],
    ['*時間*;*smart*', 'A Smart scan', true],
    ['*時間*;*smart*', '300秒間利用できません', false],
    ['failover', 'the Failover of all', true],
    ['fail*', 'failover', true],
    ['fail*', 'a failover', false],
    ['*over', 'failover', true],
    ['*over', 'failovers', false],
    ['a*b*c', 'a..b..c', true],
    ['a*b*c', 'a..c..b', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['.*', 'a', false],
    ['(', 'f(x)', true],
  ])('%s on %s: %s', (pattern, text, fits) => {
    expect(textPattern(pattern)(text)).toBe(fits);
  });

  test('many wildcards stay quick: no backtracking', () => {
    const text = 'a'.repeat(100_000);
    expect(textPattern(`${'a*'.repeat(1000)}b`)(text)).toBe(false);
  });
});
