import { expect, test } from 'vitest';
import { partOf } from '../../../src/sps/http/send-file.ts';

test.each([
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=40-', { start: 40, end: 99 }],
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['Bytes=10-1000', { start: 10, end: 99 }],
  ['bytes=-1', { start: 99, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=99-', { start: 99, end: 99 }],
  ['bytes=100-', 'not satisfiable'],
  ['bytes=-0', 'not satisfiable'],
  [undefined, 'whole'],
  ['', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=20-10', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['lines=0-1', 'whole'],
  ['bytes=9999999999999999-', 'whole'],
  ['bytes=1e1-', 'whole'],
] as const)('%j of 100 bytes is %j', (range, part) => {
  expect(partOf(range, 100)).toEqual(part);
});

test('of an empty file nothing can be asked for but the whole', () => {
  expect(partOf('bytes=0-', 0)).toBe('not satisfiable');
  expect(partOf('bytes=-5', 0)).toBe('not satisfiable');
  expect(partOf(undefined, 0)).toBe('whole');
});
