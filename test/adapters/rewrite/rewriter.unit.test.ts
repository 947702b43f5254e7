import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessagePart } from '../../../src/actors/ports/scanning.ts';
import { createRewriter } from '../../../src/adapters/rewrite/rewriter.ts';
import { buildMail, mailTree } from '../../support/mail-trees.ts';
import { attachment, EICAR, mail, multipart, nestedMessage, textPart } from '../../support/mails.ts';
import { filesWith, unpack } from '../unpack/unpacked.ts';

const rewriter = createRewriter();
const notice = (name: string) => `The file ${name} was removed.\nIt held malware.`;
const hello = textPart('Hello,\nsee below.');
const eicar = attachment('eicar.com', EICAR);

async function remove(message: Buffer, index?: number, text = notice): Promise<string> {
  const { parts } = await unpack(message);
  const chosen = index === undefined ? parts : parts.filter((_, i) => i === index);
  return Buffer.concat(rewriter.remove(message, chosen, text)).toString('utf8');
}

/** The text/plain part that stands in place of a removed one. */
const replacement = (body: string, encoding = '7bit') =>
  `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\nContent-Disposition: inline\r\n\r\n${body}`;
const removed = replacement('The file eicar.com was removed.\r\nIt held malware.');

describe('remove', () => {
  const body = eicar.body.toString();
  const partBytes = `${eicar.headers.join('\r\n')}\r\n\r\n${body}`;

  test('the part is replaced, everything else stays byte for byte', async () => {
    const message = mail(multipart([hello, eicar, hello], { preamble: 'preamble', epilogue: 'epilogue' }));
    expect(await remove(message, 1)).toBe(message.toString().replace(partBytes, removed));
  });

  test('line ends are those of the message', async () => {
    const message = Buffer.from(
      mail(multipart([hello, eicar]))
        .toString()
        .replaceAll('\r\n', '\n'),
    );
    expect(await remove(message, 1)).not.toContain('\r');
  });

  test('without a closing delimiter the message still ends with a line end', async () => {
    const message = mail(multipart([hello, eicar], { closed: false }));
    expect((await remove(message, 1)).endsWith(`${removed}\r\n`)).toBe(true);
  });

  test('a part without any line before the next delimiter', async () => {
    const message = mail({
      headers: ['Content-Type: multipart/mixed; boundary=b'],
      body: Buffer.from('--b\r\n--b\r\nContent-Type: application/x\r\n\r\n--b--\r\n'),
    });
    const text = await remove(message, undefined, () => 'gone');
    expect(text.slice(text.indexOf('--b'))).toBe(
      `--b\r\n${replacement('gone')}\r\n--b\r\n${replacement('gone')}\r\n--b--\r\n`,
    );
  });

  test('the body of the message itself: only Content-* fields go', async () => {
    const message = mail(eicar, { fields: ['Content-Language: en', 'X-Other: kept\r\n folded', 'content-id : <x>'] });
    expect(await remove(message)).toBe(
      `${mail({ headers: [], body: Buffer.alloc(0) }, { fields: ['X-Other: kept\r\n folded'] })
        .toString()
        .slice(0, -2)}${removed}\r\n`,
    );
  });

  test('a message that was no MIME becomes MIME', async () => {
    expect(await remove(Buffer.from(`Subject: x\r\n\r\n${EICAR}`), 0, () => 'gone')).toBe(
      `Subject: x\r\nMIME-Version: 1.0\r\n${replacement('gone')}\r\n`,
    );
    expect(await remove(Buffer.from(`\r\n${EICAR}`), 0, () => 'gone')).toBe(
      `MIME-Version: 1.0\r\n${replacement('gone')}\r\n`,
    );
    expect(await remove(Buffer.from('Subject: x'), 0, () => 'gone')).toBe(
      `Subject: x\r\nMIME-Version: 1.0\r\n${replacement('gone')}\r\n`,
    );
  });

  test('of parts within each other the outer one is replaced, whatever their order', async () => {
    const nested = nestedMessage(mail(multipart([hello, eicar])), { name: 'fwd.eml' });
    const message = mail(multipart([nested, eicar]));
    const { parts } = await unpack(message);
    const names: string[] = [];
    const note = (name: string) => {
      names.push(name);
      return 'gone';
    };
    const result = Buffer.concat(rewriter.remove(message, [...parts].reverse(), note)).toString();
    expect(names).toEqual(['fwd.eml', 'eicar.com']);
    expect(result.split('gone').length).toBe(3);
  });

  test('no parts: the message as it was', () => {
    const message = mail(hello);
    expect(Buffer.concat(rewriter.remove(message, [], notice))).toEqual(message);
  });

  test.each([
    ['not ASCII', 'Die Datei gefährlich 請求書.exe'],
    ['a delimiter in a name', 'a\n--b--\nContent-Type: application/x'],
    ['a line that is too long', 'x'.repeat(999)],
    ['control characters', 'a\0b\x1b[31m'],
    ['a mailbox line', 'From here'],
    ['a dot', '.'],
  ])('%s in the notice is sent as base64', async (_title, text) => {
    const message = mail(multipart([hello, eicar], { boundary: 'b' }));
    const result = Buffer.from(await remove(message, 1, () => text));
    const expected = Buffer.from(text.replaceAll('\n', '\r\n'));
    expect(filesWith(await unpack(result), expected).map((file) => file.place)).toEqual(['inline']);
    expect((await unpack(result)).parts.length).toBe(2);
    expect(
      Math.max(
        ...result
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
  });

  test('of any tree: the removed is gone, the rest is found, all bytes outside are the same', async () => {
    await fc.assert(
      fc.asyncProperty(mailTree, fc.constantFrom<'\r\n' | '\n'>('\r\n', '\n'), fc.nat(), async (tree, end, choice) => {
        const { message, payloads } = buildMail(tree, end);
        const before = await unpack(message);
        const chosen = before.parts[choice % before.parts.length] as MessagePart;
        const pieces = rewriter.remove(message, [chosen], () => 'gone');
        const after = Buffer.concat(pieces);
        const left = await unpack(after);
        expect(left.unscannable).toEqual([]);
        for (const payload of payloads) {
          const holder = before.parts[filesWith(before, payload)[0]?.part ?? -1];
          const gone = holder !== undefined && holder.start >= chosen.start && holder.end <= chosen.end;
          expect(filesWith(left, payload).length > 0, payload.toString('latin1')).toBe(!gone);
        }
        expect(filesWith(left, Buffer.from('gone')).length).toBe(1);
        const head = chosen.start === 0 ? 0 : chosen.start;
        expect(after.subarray(0, head)).toEqual(message.subarray(0, head));
        const tail = message.subarray(chosen.end);
        expect(after.subarray(after.length - tail.length)).toEqual(tail);
      }),
      { numRuns: 300 },
    );
  });
});

describe('addHeaders', () => {
  const add = (message: string, ...fields: [string, string][]) =>
    Buffer.concat(rewriter.addHeaders([Buffer.from(message)], fields)).toString('utf8');

  test('fields are put on top, the content is shared', () => {
    const content = [Buffer.from('A: b\r\n'), Buffer.from('\r\nbody')];
    const added = rewriter.addHeaders(content, [
      ['X-Sekisho', 'clean'],
      ['X-Other', 'x'],
    ]);
    expect(Buffer.concat(added).toString()).toBe('X-Sekisho: clean\r\nX-Other: x\r\nA: b\r\n\r\nbody');
    expect(added[1]).toBe(content[0]);
    expect(rewriter.addHeaders(content, [])).toEqual(content);
  });

  test('a dot that begins the message does not come after a bare line end, where it could be its end', () => {
    const added = rewriter.addHeaders([Buffer.from('.\nMAIL FROM:<x>\n')], [['X-A', 'b']]);
    expect(Buffer.concat(added).toString()).toBe('X-A: b\r\n.\nMAIL FROM:<x>\n');
  });

  test('line ends are those of the message', () => {
    expect(add('A: b\n\nbody', ['X-A', 'c'])).toBe('X-A: c\nA: b\n\nbody');
    expect(add('', ['X-A', 'c'])).toBe('X-A: c\r\n');
  });

  test('a value can start no field of its own', () => {
    expect(add('A: b\r\n', ['X-A', 'c\r\nBcc: x@example.com\n\0d'])).toBe('X-A: c Bcc: x@example.com d\r\nA: b\r\n');
  });

  test('not ASCII is RFC 2047, long values are folded', async () => {
    const text = `infected (${'請求書 '.repeat(30)}.exe)`;
    const result = add('A: b\r\n\r\n', ['Subject', text]);
    expect(result).toMatch(/^[\x20-\x7e\r\n]*$/);
    expect(Math.max(...result.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
    expect((await unpack(Buffer.from(result))).subject).toBe(text);
  });

  test('a name that is none is refused', () => {
    expect(() => add('A: b\r\n', ['X A', 'c'])).toThrow('not a header field name: "X A"');
    expect(() => add('A: b\r\n', ['', 'c'])).toThrow(TypeError);
  });
});
