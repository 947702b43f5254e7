import { expect, test } from 'vitest';
import { waitSeconds } from '../../../src/console/http/prefer.ts';

test.each([
  [undefined, 0],
  ['', 0],
  ['wait=10', 10],
  ['respond-async, wait=10', 10],
  ['WAIT = 10', 10],
  ['wait="10"', 10],
  ['wait=10;x=1, wait=20', 10],
  [['return=minimal', 'wait=7'], 7],
  ['wait=9999', 60],
  ['wait=99999999999999999999', 0],
  ['wait=-1', 0],
  ['wait=1e3', 0],
  ['wait', 0],
  ['await=5', 0],
])('RFC 7240: %j waits %i s', (prefer, seconds) => {
  expect(waitSeconds(prefer)).toBe(seconds);
});
