import { expect, test } from 'vitest';
import { BadLine, formatSignatureLine, parseSignatureLine } from '../../../../src/sps/data/formats/signature-line.ts';

const md5 = '0'.repeat(31).concat('a');
const sha1 = 'b'.repeat(40);
const sha256 = 'c'.repeat(64);

test.each<[string, { hash: string; size?: number; name: string }]>([
  [`${sha256}:*:Win.Test-1:73`, { hash: sha256, name: 'Win.Test-1' }],
  [`${sha256}:68:Win.Test-1`, { hash: sha256, size: 68, name: 'Win.Test-1' }],
  [`${sha1}:*:Win.Test-1:73:255`, { hash: sha1, name: 'Win.Test-1' }],
  [`${md5}:0:Empty`, { hash: md5, size: 0, name: 'Empty' }],
  [`  ${sha256.toUpperCase()}:*:Mal\r`, { hash: sha256, name: 'Mal' }],
])('reads %s', (line, expected) => {
  expect(parseSignatureLine(line)).toEqual({ ...expected, hash: Buffer.from(expected.hash, 'hex') });
});

test.each(['', '   ', '# a comment', '#'])('nothing in %j', (line) => {
  expect(parseSignatureLine(line)).toBeUndefined();
});

test.each<[string, RegExp]>([
  [sha256, /hash:size:name/],
  [`${sha256}:*`, /hash:size:name/],
  [`${sha256}:*:a:1:2:3`, /hash:size:name/],
  [`${sha256}0:*:a`, /32, 40 or 64/],
  ['xyz:*:a', /32, 40 or 64/],
  [`${sha256}:-1:a`, /size/],
  [`${sha256}:1e3:a`, /size/],
  [`${sha256}:99999999999999:a`, /size/],
  [`${sha256}:*:`, /name is empty/],
  [`${sha256}:*:a\0b`, /control character/],
  [`${sha256}:*:\ufffd`, /not UTF-8/],
  [`${sha256}:*:${'n'.repeat(257)}`, /longer than 256/],
  [`${sha256}:*:a:x`, /level/],
])('refuses %j', (line, reason) => {
  expect(() => parseSignatureLine(line)).toThrow(BadLine);
  expect(() => parseSignatureLine(line)).toThrow(reason);
});

test.each([`${sha256}:*:Win.Test-1:73\n`, `${md5}:68:Win.Test-1\n`])('writes what it read: %j', (line) => {
  const signature = parseSignatureLine(line);
  expect(signature && formatSignatureLine(signature)).toBe(line);
});
