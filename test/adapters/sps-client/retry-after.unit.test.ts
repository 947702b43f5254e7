import { expect, test } from 'vitest';
import { retryAfterMs, retryAfterMsDefault } from '../../../src/adapters/sps-client/retry-after.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['0', 0],
  ['7', 7000],
  ['300', 300_000],
  ['301', 300_000],
  ['99999999999999999999', 300_000],
  ['Sun, 01 Mar 2026 12:00:10 GMT', 10_000],
  ['Sunday, 01-Mar-26 12:00:10 GMT', 10_000],
  ['Sun Mar  1 12:00:10 2026 GMT', 10_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Mon, 02 Mar 2026 12:00:00 GMT', 300_000],
])('D6: Retry-After %s is %i ms, at most 300 s', (field, expected) => {
  expect(retryAfterMs(field, now)).toBe(expected);
});

test.each([undefined, '', ' ', '-1', '1.5', 'soon', 'Someday, 99 Foo'])('D6: Retry-After %s is nonsense', (field) => {
  expect(retryAfterMs(field, now)).toBe(retryAfterMsDefault);
});
