import { describe, expect, test } from 'vitest';
import { createLocalReader } from '../../../src/adapters/message-reader/local-reader.ts';
import { attachment, EICAR, mail, multipart, nestedMessage, textPart, zip } from '../../support/mails.ts';
import { limits } from '../unpack/unpacked.ts';

const exe = Buffer.from('MZ\0\0 a program, which is longer than the header that programs have');
const zipped = zip([{ name: 'x.txt', content: exe }]);

async function filesOf(message: Buffer, fileName?: string) {
  const request = { message, limits, digests: [], patterns: [], msMax: 60_000, ...(fileName && { fileName }) };
  const { files } = await createLocalReader().read(request, new AbortController().signal);
  return files.map(({ path, place, types, declared }) => [path.join('/'), place, types?.join() ?? '', declared ?? '']);
}

describe('what is known of each file', () => {
  test('what it is by its content, and what the mail says that it is; nothing of the message as a whole', async () => {
    const inner = mail(multipart([attachment('i.pdf', Buffer.from('%PDF-1.7'), { type: 'image/png' })]));
    const outer = multipart([
      textPart('text'),
      attachment('a.jpg', zipped, { type: 'IMAGE/JPEG' }),
      nestedMessage(inner),
    ]);
    expect(await filesOf(mail(outer))).toEqual(
      expect.arrayContaining([
        ['message', 'message', '', ''],
        ['part-1', 'inline', '', 'text/plain'],
        ['a.jpg', 'attachment', 'zip', 'image/jpeg'],
        ['a.jpg/x.txt', 'attachment', 'exe', ''],
        ['part-3/i.pdf', 'attachment', 'pdf', 'image/png'],
      ]),
    );
  });

  test('any reading says what it is: a program behind a line end that not all programs drop', async () => {
    const part = attachment('a.txt', Buffer.concat([Buffer.from('#!/bin/sh\n'), EICAR]), { encoding: '7bit' });
    expect(await filesOf(mail(multipart([part])))).toContainEqual([
      'a.txt',
      'attachment',
      'script',
      'application/octet-stream',
    ]);
  });
});

describe('a file that is no message', () => {
  test('is read as what it is, under its name', async () => {
    expect(await filesOf(zipped, 'a.zip')).toEqual([
      ['a.zip', 'attachment', 'zip', ''],
      ['a.zip/x.txt', 'attachment', 'exe', ''],
    ]);
  });
});
