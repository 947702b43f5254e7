import { describe, expect, test } from 'vitest';
import { readEscapedStrings } from '../../../../src/adapters/unpack/documents/escaped-strings.ts';
import { EICAR } from '../../../support/mails.ts';

const found = (text: string) => [...readEscapedStrings(Buffer.from(text, 'latin1'))].map(({ content }) => content);
const each = (bytes: Buffer, write: (byte: number) => string) => [...bytes].map(write).join('');
const digits = (byte: number, radix: number, width: number) => byte.toString(radix).padStart(width, '0');
const base64 = Buffer.from(EICAR.toString('base64'));
const program = Buffer.concat([
  Buffer.from('MZ\x90\0\x03', 'latin1'),
  Buffer.alloc(60, 1),
  Buffer.from('this program'),
]);
const isLetter = (byte: number) => /[A-Za-z]/.test(String.fromCharCode(byte));

describe('a string that is escaped throughout is given as it reads', () => {
  test.each([
    ['two digits', `x = "${each(EICAR, (byte) => `\\x${digits(byte, 16, 2)}`)}";`, EICAR],
    ['four digits', `x = '${each(base64, (byte) => `\\u${digits(byte, 16, 4)}`)}';`, base64],
    ['braces', `x = \`${each(base64, (byte) => `\\u{${byte.toString(16)}}`)}\`;`, base64],
    ['octal, as in PDF', `/JS (${each(base64, (byte) => `\\${digits(byte, 8, 3)}`)})`, base64],
    ['per cent', `unescape("${each(base64, (byte) => `%${digits(byte, 16, 2)}`)}")`, base64],
    ['per cent u', `unescape("${base64.toString('hex').replace(/(..)(..)/g, '%u$2$1')}")`, base64],
    [
      'letters as they are',
      `x = "${each(program, (byte) => (isLetter(byte) ? String.fromCharCode(byte) : `\\${digits(byte, 8, 3)}`))}"`,
      program,
    ],
    [
      'strings of C in lines',
      `char x[] =\n${each(EICAR, (byte) => `\\x${digits(byte, 16, 2)}`).replace(/.{64}/g, '"$&"\n')}`,
      EICAR.subarray(0, EICAR.length & ~15),
    ],
  ])('%s', (_title, text, expected) => {
    expect(found(text)).toContainEqual(expected);
  });
});

test.each([
  ['text with line ends', `"${'a line of text\\n'.repeat(100)}"`],
  ['Japanese text with few escapes', `"${'\\u3042 and more words of text '.repeat(100)}"`],
  ['an address with a query', `<a href="https://a.example/?q=${'abcdefgh%2Fijkl'.repeat(100)}">`],
  ['backslashes without an end', '\\'.repeat(20_000)],
  ['quotes and backslashes', '"\\'.repeat(20_000)],
  ['per cent', '(%'.repeat(20_000)],
])('nothing: %s', (_title, text) => {
  expect(found(text)).toEqual([]);
});
