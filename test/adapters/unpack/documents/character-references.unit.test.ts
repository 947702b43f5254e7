import { expect, test } from 'vitest';
import { readCharacterReferences } from '../../../../src/adapters/unpack/documents/character-references.ts';
import { readEncodedBlocks } from '../../../../src/adapters/unpack/documents/encoded-blocks.ts';
import { EICAR } from '../../../support/mails.ts';

const found = (text: string) =>
  [...readCharacterReferences(Buffer.from(text))].map(({ content }) => content?.toString('latin1'));
const address = `data:;base64,${EICAR.toString('base64')}`;
const written = (text: string, form: (code: number) => string) =>
  [...text].map((letter) => form(letter.charCodeAt(0))).join('');

test.each([
  ['decimal', (code: number) => `&#${code};`],
  ['with zeros', (code: number) => `&#000${code};`],
  ['hexadecimal', (code: number) => `&#x${code.toString(16)};`],
  ['capitals', (code: number) => `&#X${code.toString(16).toUpperCase()};`],
  ['without an end', (code: number) => `&#${code}`],
  ['every other letter', (code: number) => (code % 2 ? `&#${code};` : String.fromCharCode(code))],
])('an address that is written as %s is read', (_title, form) => {
  const text = `<a href="${written(address, form)}">x</a>`;
  expect(found(text)).toEqual([`<a href="${address}">x</a>`]);
  const [block] = [...readEncodedBlocks(Buffer.from(text))];
  const inner = block?.content ? [...readEncodedBlocks(block.content)].map(({ content }) => content) : [];
  expect(inner.some((content) => content?.equals(EICAR))).toBe(true);
});

test('a page with characters that cannot be typed, and an address that is hidden from robots, stay as they are', () => {
  const page = 'He said &#8220;no&#8221; and &#228;&#246;&#252; &#38; '.repeat(100);
  expect(found(`${page}${written('person@example.com', (code) => `&#${code};`)}`)).toEqual([]);
});

test('characters beyond ASCII stay as they are written', () => {
  const text = written('a'.repeat(60), (code) => `&#${code};`);
  expect(found(`${text}&#8364;&#x20ac;&#233;`)).toEqual([`${'a'.repeat(60)}&#8364;&#x20ac;&#233;`]);
});
