import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64 } from '../../../src/adapters/unpack/base64.ts';

const decoded = (text: string) =>
  decodeBase64(Buffer.from(text, 'latin1')).map((content) => content.toString('latin1'));

test.each([
  ['', ['']],
  ['QUJD', ['ABC']],
  ['QUJDRA==', ['ABCD']],
  ['QUJDRA', ['ABCD']],
  ['QUJDRA==\r\n\r\n--', ['ABCD']],
  ['Q\0U!J\r\n\tD\xe9', ['ABC']],
  ['Q-U_JD', ['ABC']],
  ['QUJDR', ['ABC']],
  ['QUI=QUJD', ['ABABC', 'AB']],
  ['QQ==QUJD=', ['AABC', 'A']],
  ['=QUJD', ['ABC', '']],
])('%j', (text, expected) => expect(decoded(text)).toEqual(expected));

test('any content comes back, whatever junk stands in between', () => {
  const junk = fc.constantFrom('', '', '', '\r\n', ' ', '!', '-', '_', '\0', '\xff');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.infiniteStream(junk), fc.boolean(), (content, stream, padded) => {
      const text = Buffer.from(content).toString('base64');
      let mixed = '';
      for (const character of padded ? text : text.replace(/=+$/, '')) mixed += character + stream.next().value;
      expect(decodeBase64(Buffer.from(mixed, 'latin1'))[0]).toEqual(Buffer.from(content));
    }),
  );
});
