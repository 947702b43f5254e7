import { InvalidArgumentError } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { timeOption } from '../../src/cli/time-option.ts';

const before = process.env.TZ;
beforeEach(() => {
  process.env.TZ = 'Asia/Tokyo';
  vi.useFakeTimers({ now: Date.parse('2026-11-24T01:30:00Z'), toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

describe('a time on the command line', () => {
  test.each([
    ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00.000Z'],
    ['2026-11-24t10:00:00.5z', '2026-11-24T10:00:00.500Z'],
    ['2026-11-24T10:00:00+09:00', '2026-11-24T01:00:00.000Z'],
    ['2026-11-24 10:00', '2026-11-24T01:00:00.000Z'],
    ['2026-11-24T10:00:30', '2026-11-24T01:00:30.000Z'],
    ['2026-11-24', '2026-11-23T15:00:00.000Z'],
    ['today', '2026-11-23T15:00:00.000Z'],
    ['yesterday', '2026-11-22T15:00:00.000Z'],
    ['now', '2026-11-24T01:30:00.000Z'],
    ['90s', '2026-11-24T01:28:30.000Z'],
    ['3d', '2026-11-21T01:30:00.000Z'],
  ])('%s, in Tokyo, is %s', (text, expected) => {
    expect(new Date(timeOption(text)).toISOString()).toBe(expected);
  });

  test.each([
    '',
    'tomorrow',
    '2026-02-30',
    '2026-13-01',
    '2026-11-24 25:00',
    '24.11.2026',
    '12',
    '1 h',
    '15M',
    '2026',
    'toString',
  ])('%j is refused, with what is allowed and which zone is meant', (text) => {
    expect(() => timeOption(text)).toThrow(InvalidArgumentError);
    expect(() => timeOption(text)).toThrow(/must be 2026-11-24T10:00:00Z, .* in local time \(.+\)\.$/);
  });
});
