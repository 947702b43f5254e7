import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEncodedBlocks } from '../../../../src/adapters/unpack/documents/encoded-blocks.ts';
import { EICAR } from '../../../support/mails.ts';

const found = (text: string | Buffer) =>
  [...readEncodedBlocks(Buffer.from(text))].flatMap((entry) => (entry.content ? [entry.content] : []));
const base64 = EICAR.toString('base64');
const hex = EICAR.toString('hex');
const lines = (width: number, end: string, text = base64) =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end);
const pieces = (join: string) => `"${lines(40, join)}"`;

describe('a file that stands encoded in text is found', () => {
  test.each([
    ['a data: URI', `<a href="data:application/zip;base64,${base64}">x</a>`],
    [
      'a data: URI with escapes',
      `<a href="data:;base64,${base64.replaceAll('+', '%2B').replaceAll('/', '%2f').replaceAll('=', '%3D')}">`,
    ],
    [
      'a data: URI with references',
      `<a href='data:;base64,${base64.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;').replaceAll('=', '&equals;')}'>`,
    ],
    [
      'a data: URI that is not base64',
      `<iframe src="data:text/html,${[...EICAR].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}">`,
    ],
    ['CSS', `a { background: url(data:;base64,${base64}) }`],
    ['atob', `x = atob('${base64}');`],
    ['PowerShell', `[Convert]::FromBase64String("${base64}")`],
    ['lines', `text\r\n\r\n${lines(64, '\r\n')}\r\n\r\nmore text`],
    ['indented lines', `<data>\n\t${lines(52, '\n\t')}\n</data>`],
    ['a value of JSON with line breaks', `{"x":"${lines(76, '\\r\\n')}"}`],
    ['slashes escaped as in JSON', `{"x":"${base64.replaceAll('/', '\\/')}"}`],
    ['a line that is continued', `x = "${lines(50, '\\\n')}"`],
    ['added strings', pieces('" + "')],
    ['added strings in lines', pieces('" +\n   "')],
    ['strings of VBA', pieces('" & _\r\n  "')],
    ['lines of VBA', `s = ${pieces('"\r\ns = s & "')}`],
    ['lines of JavaScript', `var s = ${pieces("'\n; s += '").replaceAll('"', "'")}`],
    ['an array', `[${pieces('","')}].join("")`],
    ['digits', `binary = "${hex}"`],
    ['digits in lines', `${lines(60, '\n', hex)}`],
    ['digits in capitals', hex.toUpperCase()],
    ['escapes', `"${hex.replace(/../g, '\\x$&')}"`],
    ['a file in the midst of others', `["${Buffer.alloc(90, 7).toString('base64')}","${base64}"]`],
  ])('%s', (_title, text) => {
    expect(found(text).some((content) => content.equals(EICAR))).toBe(true);
  });

  test('UTF-16 is given as text, in which it is found then', () => {
    const text = `var x = "${base64}";`;
    for (const bytes of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    ]) {
      expect(found(bytes)).toEqual([Buffer.from(text)]);
    }
  });

  test('anything of 512 bytes, whatever it be, wherever it stands', () => {
    const around = fc.string({ unit: fc.constantFrom(' ', '.', '"', '-', '\n', 'a', '<', '>'), maxLength: 100 });
    const content = fc.uint8Array({ minLength: 512, maxLength: 900 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(around, content, around, fc.integer({ min: 40, max: 100 }), (before, file, after, width) => {
        const encoded = lines(width - (width % 4), '\n', file.toString('base64'));
        const text = `${before}\n\n${encoded}\n.\n${after}`;
        expect(found(text).some((each) => each.equals(file))).toBe(true);
      }),
    );
  });
});

describe('ordinary text has none', () => {
  const digest = (seed: number) =>
    Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => ((seed * 31 + i * 97 + ((i * i * seed) >> 2)) & 255) | 128));
  test.each([
    ['prose', 'The quick order report of invoice number shows that our second delivery was late.\n'.repeat(200)],
    ['addresses', 'https://example.com/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/aa/bb/cc?id=1\n'.repeat(50)],
    ['rulers', `${'/'.repeat(80)}\n${'='.repeat(80)}\n${'+'.repeat(100)}\n-\n${'0'.repeat(2000)}\n`],
    ['digests', Array.from({ length: 500 }, (_, i) => `"sha512-${digest(i).toString('base64')}",`).join('\n  ')],
    ['sums', Array.from({ length: 500 }, (_, i) => `${digest(i).toString('hex')}  file-${i}.txt`).join('\n')],
    [
      'keys',
      Array.from(
        { length: 50 },
        (_, i) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${digest(i).toString('base64').slice(0, 43)} me@host`,
      ).join('\n'),
    ],
  ])('%s', (_title, text) => expect(found(text)).toEqual([]));

  test('a dump of thousands of unknown values gives no more than a thousand', () => {
    const value = Buffer.alloc(600, 200).toString('base64');
    expect(found(Array.from({ length: 3000 }, (_, i) => `${i}: ${value};`).join('\n'))).toHaveLength(1000);
  });
});
