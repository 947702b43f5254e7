import { expect, test } from 'vitest';
import {
  BadLine,
  formatSignatureLine,
  parseSignatureLine,
  type SignatureFormat,
} from '../../../src/sps/data/signature-line.ts';

const md5 = '0'.repeat(31).concat('a');
const sha1 = 'b'.repeat(40);
const sha256 = 'c'.repeat(64);

test.each<[string, SignatureFormat, { hash: string; size?: number; name: string }]>([
  [`${sha256}:*:Win.Test-1:73`, 'hsb', { hash: sha256, name: 'Win.Test-1' }],
  [`${sha256}:68:Win.Test-1`, 'hsb', { hash: sha256, size: 68, name: 'Win.Test-1' }],
  [`${sha1}:*:Win.Test-1:73:255`, 'hsb', { hash: sha1, name: 'Win.Test-1' }],
  [`${md5}:0:Empty`, 'hdb', { hash: md5, size: 0, name: 'Empty' }],
  [`  ${sha256.toUpperCase()}:*:Mal\r`, 'hsb', { hash: sha256, name: 'Mal' }],
  [sha256, 'txt', { hash: sha256, name: `Imported.${'c'.repeat(16)}` }],
  [`${sha256} \t Bad  Thing`, 'txt', { hash: sha256, name: 'Bad Thing' }],
])('reads %s', (line, format, expected) => {
  expect(parseSignatureLine(line, format)).toEqual({ ...expected, hash: Buffer.from(expected.hash, 'hex') });
});

test.each(['', '   ', '# a comment', '#'])('nothing in %j', (line) => {
  expect(parseSignatureLine(line, 'hsb')).toBeUndefined();
  expect(parseSignatureLine(line, 'txt')).toBeUndefined();
});

test.each<[string, SignatureFormat, RegExp]>([
  [sha256, 'hsb', /hash:size:name/],
  [`${sha256}:*`, 'hsb', /hash:size:name/],
  [`${sha256}:*:a:1:2:3`, 'hsb', /hash:size:name/],
  [`${sha256}0:*:a`, 'hsb', /32, 40 or 64/],
  ['xyz:*:a', 'hsb', /32, 40 or 64/],
  [`${sha256}:-1:a`, 'hsb', /size/],
  [`${sha256}:1e3:a`, 'hsb', /size/],
  [`${sha256}:99999999999999:a`, 'hsb', /size/],
  [`${sha256}:*:`, 'hsb', /name is empty/],
  [`${sha256}:*:a\0b`, 'hsb', /control character/],
  [`${sha256}:*:\ufffd`, 'hsb', /not UTF-8/],
  [`${sha256}:*:${'n'.repeat(257)}`, 'hsb', /longer than 256/],
  [`${sha256}:*:a:x`, 'hsb', /level/],
  [`${sha256} a:b`, 'txt', /colon/],
  [md5, 'txt', /64 hexadecimal/],
  ['g'.repeat(64), 'txt', /hexadecimal/],
])('refuses %j of .%s', (line, format, reason) => {
  expect(() => parseSignatureLine(line, format)).toThrow(BadLine);
  expect(() => parseSignatureLine(line, format)).toThrow(reason);
});

test.each([`${sha256}:*:Win.Test-1:73\n`, `${md5}:68:Win.Test-1\n`])('writes what it read: %j', (line) => {
  const signature = parseSignatureLine(line, 'hsb');
  expect(signature && formatSignatureLine(signature)).toBe(line);
});
