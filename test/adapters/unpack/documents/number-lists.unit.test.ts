import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNumberLists } from '../../../../src/adapters/unpack/documents/number-lists.ts';

const found = (text: string) => [...readNumberLists(Buffer.from(text, 'latin1'))].map(({ content }) => content);
const program = Buffer.concat([
  Buffer.from('MZ\x90\0'),
  Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 7) & 255)),
]);
const numbers = [...program];
const signed = numbers.map((byte) => (byte > 127 ? byte - 256 : byte));
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

describe('a file that stands as a list of numbers is found', () => {
  test.each([
    ['JavaScript', `var a = new Uint8Array([${numbers.join(',')}]);`],
    ['with blanks', `x = [ ${numbers.join(', ')} ];`],
    ['in lines', `a = [\r\n${numbers.join(',\r\n\t')}\r\n]`],
    ['hexadecimal', `unsigned char a[] = {${numbers.map((byte) => `0x${hex(byte)}`).join(', ')}};`],
    ['PowerShell', `[Byte[]]$a = ${numbers.map((byte) => `0x${hex(byte).toUpperCase()}`).join(',')}`],
    ['VBA', `a = Array(${numbers.map((byte) => `&H${hex(byte).toUpperCase()}`).join(', ')})`],
    [
      'VBA in lines',
      `a = Array(${numbers.map((byte) => `&H${hex(byte)}`).join(', ')})`.replaceAll('00, ', '00, _\r\n'),
    ],
    ['signed bytes', `byte[] a = {${signed.join(', ')}};`],
    ['octal', `[${numbers.map((byte) => `0o${byte.toString(8)}`).join(',')}]`],
    ['parted by bars', `"${numbers.join('|')}".split("|")`],
    ['parted by blanks', `"${numbers.join(' ')}".split(" ")`],
    ['Basic', `a = ${numbers.map((byte) => `Chr(${byte})`).join(' & ')}`],
    ['Basic without blanks', `a = ${numbers.map((byte) => `ChrW(&H${hex(byte)})`).join('+')}`],
    ['after another list', `[300, 400], [${numbers.join(',')}]`],
  ])('%s', (_title, text) => {
    expect(found(text).some((content) => content?.equals(program))).toBe(true);
  });
});

test('any bytes are found as they were, once they are enough', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 700 }), (bytes) => {
      expect(found(`[${bytes.join(',')}]`)).toEqual([Buffer.from(bytes)]);
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['numbers of other sizes', Array.from({ length: 600 }, (_, at) => at + 200).join(',')],
  ['a short list', numbers.slice(0, 20).join(',')],
  ['a table of few values', Array.from({ length: 100 }, () => '0,1').join(',')],
  ['prose', 'a face, a bad cafe, dead beef; '.repeat(100)],
  ['digits without an end', '1'.repeat(10_000)],
  ['commas', ','.repeat(10_000)],
])('no file: %s', (_title, text) => {
  expect(found(text)).toEqual([]);
});
