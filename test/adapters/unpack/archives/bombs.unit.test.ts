import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openContainer } from '../../../../src/adapters/unpack/containers.ts';
import { attachment, mail, multipart, zip } from '../../../support/mails.ts';
import { limits, reasons, unpack } from '../unpacked.ts';
import { archive } from './fixtures.ts';

const inMail = (content: Buffer) => unpack(mail(multipart([attachment('file', content)])));
const repeated = (part: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => part));

/** What a file holds, when there is room enough. */
async function inner(bytes: Buffer): Promise<Buffer> {
  const room = () => ({ bytesMax: 1e8, reason: 'too-large' as const });
  for await (const { content } of openContainer(bytes, { room, bytesLeft: () => 1e8, entriesMax: 10 })) {
    if (content) return content;
  }
  throw new Error('nothing in it');
}

describe('ten gigabytes of zeros', () => {
  const hundred = Buffer.alloc(100 * 1024 * 1024);
  test.each<[string, () => Buffer | Promise<Buffer>]>([
    ['gzip', () => repeated(zlib.gzipSync(hundred), 100)],
    ['zstd', () => repeated(zlib.zstdCompressSync(hundred), 100)],
    ['bzip2', () => repeated(archive('bombs/zeros-100m.bz2'), 100)],
    ['xz', () => repeated(archive('bombs/zeros-100m.xz.xz'), 100)],
    ['7z', () => inner(archive('bombs/zeros-10g.7z.xz'))],
    [
      'zip, of but half a one',
      () => zip(Array.from({ length: 5 }, (_, index) => ({ name: `${index}`, content: hundred }))),
    ],
  ])('%s', async (_format, bomb) => {
    const unpacked = await inMail(await bomb());
    expect(reasons(unpacked).some((reason) => ['ratio', 'too-large'].includes(reason))).toBe(true);
    const bytes = unpacked.files.reduce((total, { readings }) => total + (readings[0]?.length ?? 0), 0);
    expect(bytes).toBeLessThan(limits.messageBytesMax + 100 * 1024 * 1024);
  });
});

test('42 zips, one within the other', async () => {
  let content: Buffer = Buffer.from('the core');
  for (let level = 0; level < 42; level += 1) content = zip([{ name: `${level}.zip`, content }]);
  expect(reasons(await inMail(content))).toEqual(['too-deep']);
});

test('a zip of zips of zips, sixteen each: as many as may be', async () => {
  let content: Buffer = Buffer.from('the core');
  for (let level = 0; level < 5; level += 1) {
    content = zip(Array.from({ length: 16 }, (_, index) => ({ name: `${index}.zip`, content })));
  }
  const unpacked = await inMail(content);
  expect(reasons(unpacked)).toEqual(['too-many-files']);
  expect(unpacked.files.length).toBeLessThanOrEqual(limits.filesMax + 1);
});
