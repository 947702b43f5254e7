import { describe, expect, test } from 'vitest';
import { attachment, mail, multipart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';
import { archive, payload, readable, UNREADABLE } from './fixtures.ts';

const inMail = (content: Buffer) => unpack(mail(multipart([attachment('file', content)])));

describe('archives made by the real tools', () => {
  test.each(readable)('%s: the payload is found', async (name) => {
    const unpacked = await inMail(archive(name));
    expect(reasons(unpacked)).toEqual([]);
    expect(filesWith(unpacked, payload).length).toBeGreaterThan(0);
  });

  test.each(Object.entries(UNREADABLE))('%s is unscannable: %s', async (name, why) => {
    expect(reasons(await inMail(archive(name)))).toEqual(why);
  });
});

/** What has no signature of its own, or one of two bytes, is found at the start of a file only. */
const AT_THE_START_ONLY = ['bin.cpio', 'v7.tar', 'payload.bin.Z', 'payload.bin.lzma', 'legacy.lz4'];

describe('archives behind a program, with something after them', () => {
  const program = Buffer.concat([Buffer.from('MZ program \0'), Buffer.alloc(3001, 'code')]);
  test.each(readable.filter((name) => !AT_THE_START_ONLY.includes(name)))('%s', async (name) => {
    const unpacked = await inMail(Buffer.concat([program, archive(name), program]));
    expect(filesWith(unpacked, payload).length).toBeGreaterThan(0);
    expect(reasons(unpacked)).toEqual([]);
  });

  test('signatures that are none are no trouble', async () => {
    const magics = [
      '377abcaf271c0004',
      '526172211a0700',
      '4d53434600000000',
      'fd377a585a00',
      '504b0304',
      '1f8b0800',
      'edabeedb',
    ];
    // Python's interpreter has that of zip among zeros.
    const zeros = Buffer.alloc(100);
    const bytes = Buffer.concat(magics.flatMap((magic) => [program, Buffer.from(magic, 'hex'), zeros]));
    expect(reasons(await inMail(bytes))).toEqual([]);
  });

  test('one that is encrypted is said to be', async () => {
    expect(reasons(await inMail(Buffer.concat([program, archive('encrypted-names.7z')])))).toEqual(['encrypted']);
  });
});

test('content that is two archives at once is opened as both', async () => {
  const text = Buffer.from('the other');
  const tar = archive('ustar.tar');
  const unpacked = await inMail(Buffer.concat([tar, archive('plain.zip')]));
  expect(filesWith(unpacked, payload).map(({ path }) => path.at(-1))).toContain('folder/payload.bin');
  expect(filesWith(unpacked, payload).length).toBeGreaterThan(1);
  expect(filesWith(unpacked, text)).toEqual([]);
});
