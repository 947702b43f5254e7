import { expect, test } from 'vitest';
import {
  BadListenAddress,
  formatListenAddress,
  parseListenAddress,
} from '../../../src/adapters/smtp/listen-address.ts';

test.each([
  ['127.0.0.1:10025', { host: '127.0.0.1', port: 10025 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:25', { host: '::1', port: 25 }],
  ['unix:/run/a b.sock', { path: '/run/a b.sock' }],
])('%s', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(formatListenAddress(address)).toBe(text);
});

test.each([
  '',
  '10025',
  ':25',
  '127.0.0.1',
  '127.0.0.1:',
  '::1:25',
  '[::1]',
  '[x]:25',
  'a:65536',
  'a:1x',
  'unix:',
  'unix:relative',
  'a b:25',
])('%j is refused', (text) => {
  expect(() => parseListenAddress(text)).toThrow(BadListenAddress);
});
