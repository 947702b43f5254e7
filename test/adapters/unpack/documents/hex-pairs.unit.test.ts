import { expect, test } from 'vitest';
import { readHexPairs } from '../../../../src/adapters/unpack/documents/hex-pairs.ts';

const found = (text: string) => [...readHexPairs(Buffer.from(text, 'latin1'))].map(({ content }) => content);
const program = Buffer.concat([
  Buffer.from('MZ\x90\0', 'latin1'),
  Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 7) & 255)),
]);
const pairs = program.toString('hex').match(/../g) ?? [];

test.each([
  ['.NET', `"${pairs.join('-').toUpperCase()}".split("-")`],
  ['blanks', `<p>${pairs.join(' ')}</p>`],
  ['colons', pairs.join(':')],
  ['a file of the registry', `"a"=hex:${pairs.join(',').replace(/(.{60}),/g, '$1,\\\r\n  ')}\r\n`],
])('a program in pairs of digits: %s', (_title, text) => {
  expect(found(text)).toEqual([program]);
});

test.each([
  ['a fingerprint', Array.from({ length: 32 }, () => 'AB').join(':')],
  ['a dump', '00000010  4d 61 69 6c 20 69 73 20  61 20 66 69 6c 65 20 74\n'.repeat(200)],
  ['decimal numbers', Array.from({ length: 900 }, (_, at) => 10 + (at % 90)).join(',')],
  ['digits without an end', '4d'.repeat(20_000)],
  ['separators', ' - '.repeat(20_000)],
])('nothing: %s', (_title, text) => {
  expect(found(text)).toEqual([]);
});
