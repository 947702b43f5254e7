import { describe, expect, test } from 'vitest';
import type { ambiguityReasons } from '../../../src/events/scan.ts';
import { uuencode } from '../../support/mail-encodings.ts';
import {
  attachment,
  base64Lines,
  crlf,
  EICAR,
  entityBytes,
  mail,
  multipart,
  textPart,
  zip,
} from '../../support/mails.ts';
import { filesWith, unpack } from './unpacked.ts';

const archive = zip([{ name: 'eicar.com', content: EICAR }]);
const hello = textPart('Hello,\n\nsee below.\n');
const file = entityBytes(attachment('a.zip', archive)).toString('latin1');
const base64 = base64Lines(archive);
const usual = 'From: a@example.com\r\nTo: b@example.org\r\n';
const raw = (text: string) => Buffer.from(crlf(text), 'latin1');
const part = (body: string, fields = '') =>
  raw(`${usual}Content-Type: application/zip; name=a.zip\r\n${fields}\r\n${body}`);
const parts = (type: string, boundary: string) =>
  raw(`${usual}${type}\r\n\r\n--${boundary}\r\n${file}\r\n--${boundary}--\r\n`);
const mixed = 'Content-Type: multipart/mixed; boundary';

/** For each reason a mail that is ambiguous for it alone. */
const mails: Record<(typeof ambiguityReasons)[number], Buffer> = {
  'conflicting-content-type': parts(`Content-Type: text/plain\r\n${mixed}=b`, 'b'),
  'conflicting-boundary': parts(`${mixed}=a; boundary=b`, 'b'),
  'missing-boundary': parts('Content-Type: multipart/mixed', 'b'),
  'conflicting-encoding': part(base64, 'Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n'),
  'unknown-encoding': part(base64, 'Content-Transfer-Encoding: x-own\r\n'),
  'lying-encoding': part(base64),
  'broken-encoding': part(`QUJDRA==\r\n${base64}`, 'Content-Transfer-Encoding: base64\r\n'),
  'encoded-multipart': raw(
    `${usual}${mixed}=b\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(Buffer.from(`--b\r\n${file}\r\n--b--\r\n`))}`,
  ),
  'header-in-body': raw(`${usual}${mixed}=b\r\n\r\n--b\r\n\r\n${file}\r\n--b--\r\n`),
  'hidden-part': raw(`${usual}${mixed}=b\r\n\r\n--b\r\n\r\nHello\r\n--b2\r\n${file}\r\n--b2--\r\n--b--\r\n`),
  'hidden-in-header': raw(
    `${usual}X-Big: ${'x'.repeat(500)}\r\nX-File: a\r\n ${base64.replaceAll('\n', '\n ')}\r\n\r\nx`,
  ),
  'hidden-in-preamble': mail(multipart([hello], { preamble: `Hello\r\n${uuencode(archive)}` })),
  'hidden-in-epilogue': mail(multipart([hello], { epilogue: `\r\n--other\r\n${file}\r\n--other--\r\n` })),
  'odd-line-ends': raw(
    `${usual}X-A: b\rContent-Transfer-Encoding: base64\r\nContent-Type: application/zip; name=a.zip\r\n\r\n${base64}`,
  ),
  'nul-bytes': raw(`${usual}Content-\0Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${file}\r\n--b--\r\n`),
};

test.each(Object.entries(mails))('ambiguous: %s; and the file is found', async (reason, message) => {
  const unpacked = await unpack(message);
  expect(unpacked.ambiguous.map((each) => each.reason)).toContain(reason);
  expect(filesWith(unpacked, EICAR)).not.toEqual([]);
});

describe('what is found in one view only', () => {
  test('is in no part that can be taken out', async () => {
    const unpacked = await unpack(mails['encoded-multipart']);
    expect(filesWith(unpacked, archive).map((found) => found.part)).toContain(undefined);
  });

  test('boundaries that contradict each other are believed one by one, too: what is one file to a program is not cut in two', async () => {
    const [first, second] = [base64.slice(0, 78), base64.slice(78)];
    const body = `--a\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${first}\r\n--b\r\n${second}\r\n--a--\r\n`;
    const unpacked = await unpack(raw(`${usual}${mixed}=a; boundary=b\r\n\r\n${body}`));
    expect(unpacked.ambiguous.map(({ reason }) => reason)).toContain('conflicting-boundary');
  });
});

describe('file names', () => {
  test.each([
    [
      'of both fields',
      'Content-Type: a/b; name=a.exe\r\nContent-Disposition: attachment; filename=b.txt',
      ['b.txt', 'a.exe'],
    ],
    ['given twice', 'Content-Disposition: attachment; filename=b.txt; filename=a.exe', ['b.txt', 'a.exe']],
    [
      'in two forms',
      "Content-Disposition: attachment; filename=b.txt; filename*=utf-8''a.exe",
      ['a.exe', 'b.txt', "utf-8''a.exe"],
    ],
    [
      'in two fields',
      'Content-Disposition: attachment; filename=b.txt\r\nContent-Disposition: attachment; filename=a.exe',
      ['b.txt', 'a.exe'],
    ],
  ])('every candidate is kept: %s', async (_title, header, names) => {
    const { files } = await unpack(raw(`${usual}${header}\r\n\r\ncontent`));
    expect(files.at(-1)?.names).toEqual(names);
  });

  test('one name is not said twice, and there are no more than 8', async () => {
    const one = await unpack(mail(attachment('a.zip', archive)));
    expect(one.files[1]).not.toHaveProperty('names');
    const many = Array.from({ length: 50 }, (_, i) => `; filename=${i}.exe`).join('');
    const { files } = await unpack(raw(`${usual}Content-Disposition: attachment${many}\r\n\r\ncontent`));
    expect(files.at(-1)?.names?.length).toBe(8);
  });
});

test('content elsewhere is told: message/external-body', async () => {
  const { unscannable } = await unpack(
    raw(`${usual}Content-Type: message/external-body; access-type=anon-ftp\r\n\r\nContent-Type: text/plain\r\n\r\n`),
  );
  expect(unscannable).toMatchObject([{ reason: 'external', part: 0 }]);
});
