import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRewriter } from '../../../src/adapters/rewrite/rewriter.ts';
import { unpack } from '../unpack/unpacked.ts';

const rewriter = createRewriter();
const bytes = (text: string) => Buffer.from(text, 'latin1');
const tagged = (message: string, tag = '[VIRUS]') =>
  Buffer.concat(rewriter.tagSubject([bytes(message)], tag)).toString('latin1');

describe('the tag stands before the text, and what stood there stays', () => {
  test.each([
    ['plain', 'Subject: hello\r\n\r\nb', 'Subject: [VIRUS] hello\r\n\r\nb'],
    ['without a space', 'Subject:hello\r\n\r\n', 'Subject: [VIRUS] hello\r\n\r\n'],
    ['many spaces', 'Subject:   hello  \r\n\r\n', 'Subject: [VIRUS]   hello  \r\n\r\n'],
    ['in any case, with obsolete space', 'sUBJECT \t: hello\r\n\r\n', 'sUBJECT \t: [VIRUS] hello\r\n\r\n'],
    ['LF only', 'Subject: hello\n\nb', 'Subject: [VIRUS] hello\n\nb'],
    ['encoded words', 'Subject: =?utf-8?B?44CQ?=\r\n\r\n', 'Subject: [VIRUS] =?utf-8?B?44CQ?=\r\n\r\n'],
    ['bytes beyond ASCII', 'Subject: \xe9t\xe9\r\n\r\n', 'Subject: [VIRUS] \xe9t\xe9\r\n\r\n'],
    ['folded', 'Subject: a\r\n b\r\n\tc\r\nX: y\r\n\r\n', 'Subject: [VIRUS] a\r\n b\r\n\tc\r\nX: y\r\n\r\n'],
    ['folded at once', 'Subject:\r\n hello\r\n\r\n', 'Subject: [VIRUS]\r\n hello\r\n\r\n'],
    ['empty', 'Subject:\r\nX: y\r\n\r\n', 'Subject: [VIRUS]\r\nX: y\r\n\r\n'],
    [
      'several: all of them',
      'Subject: a\r\nX: y\r\nSubject: b\r\n\r\n',
      'Subject: [VIRUS] a\r\nX: y\r\nSubject: [VIRUS] b\r\n\r\n',
    ],
    ['missing: one is added', 'X: y\r\n\r\nSubject: no\r\n', 'Subject: [VIRUS]\r\nX: y\r\n\r\nSubject: no\r\n'],
    ['a header of nothing', '\r\nbody', 'Subject: [VIRUS]\r\n\r\nbody'],
    ['an empty message', '', 'Subject: [VIRUS]\r\n'],
    [
      'another field of its name',
      'X-Subject: a\r\n Subject: b\r\n\r\n',
      'Subject: [VIRUS]\r\nX-Subject: a\r\n Subject: b\r\n\r\n',
    ],
    ['a text that only looks alike', 'Subject: Re: [VIRUS] x\r\n\r\n', 'Subject: [VIRUS] Re: [VIRUS] x\r\n\r\n'],
  ])('%s', (_, message, expected) => {
    expect(tagged(message)).toBe(expected);
  });

  test('a line that would be long is folded before what stood there', () => {
    const long = 'x'.repeat(75);
    expect(tagged(`Subject: ${long}\r\n\r\n`)).toBe(`Subject: [VIRUS]\r\n ${long}\r\n\r\n`);
  });

  test('the subject of a nested message stays', () => {
    const message = 'Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n';
    expect(tagged(message)).toBe(`Subject: [VIRUS]\r\n${message}`);
  });

  test('the content after the first piece is shared', () => {
    const body = Buffer.from('body');
    expect(rewriter.tagSubject([Buffer.from('Subject: a\r\n\r\n'), body], '[V]').at(-1)).toBe(body);
  });
});

describe('a tag beyond ASCII is RFC 2047', () => {
  const tag = '【ウイルス検出】';

  test.each([
    ['plain text', 'hello', `${tag} hello`],
    ['an encoded word', '=?utf-8?Q?caf=C3=A9?=', `${tag} café`],
    ['an encoded word in base64', '=?utf-8?B?Y2Fmw6k=?=', `${tag} café`],
    ['nothing', '', tag],
  ])('before %s', async (_, subject, shown) => {
    const once = Buffer.concat(rewriter.tagSubject([Buffer.from(`Subject: ${subject}\r\n\r\n`)], tag));
    expect(once.toString()).toMatch(/^[\x20-\x7e\r\n]*$/);
    expect(
      Math.max(
        ...once
          .toString()
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(78);
    expect((await unpack(once)).subject).toBe(shown);
  });
});

const tags = fc.constantFrom('[VIRUS]', '【ウイルス】', 'é'.repeat(60), '=?utf-8?Q?a?=');
const line = fc.stringMatching(/^[ -~\xa0-\xff]{0,90}$/);
const subject = fc
  .array(line, { minLength: 1, maxLength: 3 })
  .map((lines) => `Subject:${lines.map((each) => ` ${each}`).join('\r\n')}\r\n`);
const other = fc.constantFrom('X-Other: y\r\n', 'Received: from a\r\n\tby b\r\n', 'From: a@example.org\r\n');
const header = fc.array(fc.oneof(subject, other), { maxLength: 5 });

/** What is left of `tagged` where it differs from the original by pieces that were put in. */
function without(tagged: Buffer, original: Buffer): Buffer {
  let at = 0;
  const kept: number[] = [];
  for (const byte of tagged) {
    if (byte !== original[at]) continue;
    kept.push(byte);
    at += 1;
  }
  return Buffer.from(kept);
}

test('of any header: tagged once however often, and nothing of it is gone', () => {
  fc.assert(
    fc.property(header, tags, (fields, tag) => {
      const message = bytes(`${fields.join('')}\r\nSubject: body\r\n`);
      const once = Buffer.concat(rewriter.tagSubject([message], tag));
      expect(Buffer.concat(rewriter.tagSubject([once], tag))).toEqual(once);
      expect(without(once, message)).toEqual(message);
    }),
  );
});
