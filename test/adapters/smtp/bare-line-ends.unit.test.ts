import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BareLineEndFilter } from '../../../src/adapters/smtp/bare-line-ends.ts';

function filter(chunks: readonly string[]): { content: string; found: boolean } {
  const filter = new BareLineEndFilter();
  const checked = chunks.map((chunk) => filter.push(Buffer.from(chunk)));
  const content = checked.map((part) => part.content.toString()).join('') + filter.end().toString();
  return { content, found: checked.some((part) => part.found) };
}

test.each([
  ['a\n.\nb', 'a\r\n.\nb'],
  ['a\r.\rb', 'a\r\n.\rb'],
  ['a\n.\r\nb', 'a\r\n.\r\nb'],
  ['a\r.\r\nb', 'a\r\n.\r\nb'],
  ['a\r.\nb', 'a\r\n.\nb'],
  ['a\n.\rb', 'a\r\n.\rb'],
  ['\n.\n', '\r\n.\n'],
  ['\r.\r', '\r\n.\r'],
  ['a\n.\n.\n.\nb', 'a\r\n.\r\n.\r\n.\nb'],
  ['a\r\r\n\n.\n', 'a\r\r\n\r\n.\n'],
])('%j becomes %j', (sent, safe) => {
  expect(filter([sent])).toEqual({ content: safe, found: true });
  expect(filter([...sent]), 'byte by byte').toEqual({ content: safe, found: true });
});

test.each([
  '',
  'a',
  '.',
  'a\r\n.\r\nb',
  'a\r\n.\nb',
  'a\nb\rc',
  'a\n.b\n',
  'a\r..\r\n',
  '.\n.a',
  'a\n',
  'a\r',
  'a\n.',
  'a\r.',
  '\r\n',
  '\n..\n',
  '\r\n.\r',
])('%j stays', (sent) => {
  expect(filter([sent])).toEqual({ content: sent, found: false });
  expect(filter([...sent]), 'byte by byte').toEqual({ content: sent, found: false });
});

const text = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '.', '.', 'a'), { maxLength: 30 })
  .map((parts) => parts.join(''));

test('nothing smuggled is left, only line ends change, and chunks do not matter', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (sent, length) => {
      const { content, found } = filter([sent]);
      expect(content).not.toMatch(/(\r|(?<!\r)\n)\.[\r\n]/);
      expect(content.replaceAll('\r\n', '\n').replaceAll('\r', '\n')).toBe(
        sent.replaceAll('\r\n', '\n').replaceAll('\r', '\n'),
      );
      expect(content === sent).toBe(!found);
      expect(filter(sent.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [])).toEqual({ content, found });
    }),
    { numRuns: 2000 },
  );
});
