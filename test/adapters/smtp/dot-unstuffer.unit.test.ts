import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DotUnstuffer } from '../../../src/adapters/smtp/dot-unstuffer.ts';

/** Feeds chunks; what is content and, if the final dot came, what is left over. */
function unstuff(chunks: readonly string[]): { content: string; rest: string | undefined } {
  const unstuffer = new DotUnstuffer();
  let content = '';
  let rest: string | undefined;
  for (const chunk of chunks) {
    if (rest !== undefined) {
      rest += chunk;
      continue;
    }
    const step = unstuffer.push(Buffer.from(chunk));
    content += step.content.toString();
    rest = step.rest?.toString();
  }
  return { content, rest };
}

test.each([
  ['.\r\n', '', ''],
  ['.\r\nQUIT\r\n', '', 'QUIT\r\n'],
  ['a\r\n.\r\n', 'a\r\n', ''],
  ['..\r\n.\r\n', '.\r\n', ''],
  ['.a\r\n..b\r\n...\r\n.\r\nx', 'a\r\n.b\r\n..\r\n', 'x'],
  ['\r\n.\r\n', '\r\n', ''],
  ['a\r\n\r\n.\r\n', 'a\r\n\r\n', ''],
  ['a\n.\nb\r.\rc\n.\r\nd\r.\r\n\r\n.\n\r\n.\r\n', 'a\n.\nb\r.\rc\n.\r\nd\r.\r\n\r\n\n\r\n', ''],
  ['\n..a\r..b\r\n.\r\n', '\n..a\r..b\r\n', ''],
  ['.\ra\r\n.\r\n', '\ra\r\n', ''],
])('%j', (sent, content, rest) => {
  expect(unstuff([sent])).toEqual({ content, rest });
  expect(unstuff([...sent]), 'byte by byte').toEqual({ content, rest });
});

test.each([
  '',
  'a',
  'a\r\n',
  'a\r\n.',
  'a\r\n.\r',
  'a\n.\n',
  'a\r.\r',
  'a\r\n.\n',
  'a\n.\r\n',
  '.',
  '.\n',
  '.\r',
  '..\r\n',
])('%j is not whole', (sent) => {
  expect(unstuff([sent]).rest).toBeUndefined();
  expect(unstuff([...sent]).rest).toBeUndefined();
});

test('what is stuffed comes back, however it is cut into chunks', () => {
  const text = fc
    .array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', '\r\n.'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      text,
      text,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      (body, after, cuts) => {
        const content = body === '' ? '' : `${body}\r\n`;
        const sent = `${content.replace(/(^|\r\n)\./g, '$1..')}.\r\n${after}`;
        const chunks: string[] = [];
        for (let at = 0, n = 0; at < sent.length; n++) {
          const length = cuts[n % cuts.length] ?? 1;
          chunks.push(sent.slice(at, at + length));
          at += length;
        }
        expect(unstuff(chunks)).toEqual({ content, rest: after });
      },
    ),
    { numRuns: 2000 },
  );
});
