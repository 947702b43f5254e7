import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, readBase64 } from '../../../src/adapters/unpack/base64.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const decoded = (text: string) => readBase64(bytes(text)).contents.map((content) => content.toString('latin1'));

test.each([
  ['', ['']],
  ['QUJD', ['ABC']],
  ['QUJDRA==', ['ABCD']],
  ['QUJDRA', ['ABCD']],
  ['QUJDRA==\r\n\r\n--', ['ABCD', 'ABCD\xfb']],
  ['Q\0U!J\r\n\tD\xe9', ['ABC', '', 'AB']],
  ['Q-U_JD', ['ABC', '', 'C\xe5?$']],
  ['QUJDR', ['ABC']],
  ['QUI=QUJD', ['ABABC', 'AB', 'AB\x10P\x90']],
  ['QQ==QUJD=', ['AABC', 'A', 'A\x04\x14$']],
  ['=QUJD', ['ABC', '']],
  ['QUJDRE\r\nVGR0g=', ['ABCDEFGH', 'ABCD\x54\x64\x74']],
])('every way in which %j is decoded', (text, expected) => expect(decoded(text)).toEqual(expected));

test('any content comes back, whatever junk stands in between', () => {
  const junk = fc.constantFrom('', '', '', '\r\n', ' ', '!', '-', '_', '\0', '\xff');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.infiniteStream(junk), fc.boolean(), (content, stream, padded) => {
      const text = Buffer.from(content).toString('base64');
      let mixed = '';
      for (const character of padded ? text : text.replace(/=+$/, '')) mixed += character + stream.next().value;
      expect(decodeBase64(bytes(mixed))).toEqual(Buffer.from(content));
    }),
  );
});

describe('what is written as programs write it', () => {
  const lines = (content: Uint8Array, width: number, end: string) =>
    (
      Buffer.from(content)
        .toString('base64')
        .match(new RegExp(`.{1,${width}}`, 'g')) ?? []
    ).join(end);

  test('has one reading', () => {
    const width = fc.constantFrom(4, 60, 64, 72, 76);
    const end = fc.constantFrom('\r\n', '\n');
    const after = fc.constantFrom('', '\r\n', '\n\n', ' \r\n');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), width, end, after, (content, length, lineEnd, tail) => {
        const read = readBase64(bytes(lines(content, length, lineEnd) + tail));
        expect(read).toEqual({ contents: [Buffer.from(content)], untidy: false, broken: false });
      }),
    );
  });

  test('any junk in it is noticed', () => {
    const place = fc.nat(199);
    fc.assert(
      fc.property(place, fc.constantFrom('!', '=', '-', '_', '\0', 'A'), (at, junk) => {
        const text = lines(Buffer.alloc(240, 'x'), 76, '\r\n');
        expect(readBase64(bytes(text.slice(0, at) + junk + text.slice(at))).untidy).toBe(true);
      }),
    );
  });
});

test.each([
  [
    'a footer after it',
    false,
    `QUJDRA==\r\n_______________\r\nList mailing list\r\nhttp://lists.example.org/mailman/list\r\n`,
  ],
  ['no padding', false, 'QUJDRA'],
  ['a closing delimiter without the line end before it', false, 'QUJDRA==--x--\r\n'],
  ['more base64 after the padding', true, `QUJDRA==\r\n${'QUJD'.repeat(10)}\r\n`],
  ['a lot after junk', true, `QUJD!\r\n${'QUJD'.repeat(10)}\r\n`],
])('%s: hides something: %j', (_title, broken, text) => expect(readBase64(bytes(text)).broken).toBe(broken));
