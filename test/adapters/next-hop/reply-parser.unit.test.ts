import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createReplyParser,
  GarbledReply,
  replyLineBytesMax,
  replyLinesMax,
} from '../../../src/adapters/next-hop/reply-parser.ts';

const parse = (text: string) => createReplyParser().push(Buffer.from(text));

test('one line, many lines and several replies come out verbatim', () => {
  expect(parse('250-first line\r\n250-\r\n250  third\r\n354 go\r\n')).toEqual([
    { code: 250, text: 'first line\n\n third' },
    { code: 354, text: 'go' },
  ]);
});

test('a code alone, a bare LF and UTF-8 are taken', () => {
  expect(parse('250\r\n250 ok\n550 größer\r\n')).toEqual([
    { code: 250, text: '' },
    { code: 250, text: 'ok' },
    { code: 550, text: 'größer' },
  ]);
});

test('however the bytes are cut, the replies are the same', () => {
  const bytes = Buffer.from('250-größer\r\n250 b\r\n451 x\r\n');
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      const parser = createReplyParser();
      const replies = ends.flatMap((end, index) => parser.push(bytes.subarray(ends[index - 1] ?? 0, end)));
      expect(replies).toEqual([
        { code: 250, text: 'größer\nb' },
        { code: 451, text: 'x' },
      ]);
    }),
  );
});

test.each([
  ['no code', 'hello\r\n'],
  ['an empty line', '\r\n'],
  ['a code below 200', '150 x\r\n'],
  ['a code above 599', '600 x\r\n'],
  ['a code without a space', '250ok\r\n'],
  ['another code in the same reply', '250-a\r\n550 b\r\n'],
  ['a bare CR, which could part replies for our client', '250 a\r250 b\r\n'],
  ['a NUL', '250 a\0b\r\n'],
  ['a line that is too long', `250 ${'x'.repeat(replyLineBytesMax)}\r\n`],
  ['a line that never ends', 'x'.repeat(replyLineBytesMax + 1)],
  ['too many lines', '250-x\r\n'.repeat(replyLinesMax + 1)],
])('%s is refused', (_, text) => {
  expect(() => parse(text)).toThrow(GarbledReply);
});
