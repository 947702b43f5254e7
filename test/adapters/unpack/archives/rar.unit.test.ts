import { describe, expect, test } from 'vitest';
import { rar5Stored } from '../../../support/archives.ts';
import { attachment, EICAR, mail, multipart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';
import { archive } from './fixtures.ts';

const open = async (content: Buffer) => {
  const unpacked = await unpack(mail(multipart([attachment('file', content)])));
  const files = unpacked.files.filter(({ path }) => path.length > 1);
  return {
    reasons: reasons(unpacked),
    files: files.map(({ path, readings }) => [path.slice(1).join('/'), readings[0]?.length]),
  };
};

describe('RAR, versions 1.5 to 5', () => {
  const solid = [
    ['stest1.txt', 2048],
    ['stest2.txt', 2048],
  ];
  test.each<[string, (string | number)[][]]>([
    [
      'rar15-comment.rar',
      [
        ['FILE1.TXT', 7],
        ['FILE2.TXT', 8],
      ],
    ],
    ['rar3-solid.rar', solid],
    ['rar5-solid.rar', solid],
    // Hard links have no content of their own.
    ['rar5-hlink.rar', [['stest1.txt', 2048]]],
    // Symbolic links are files of this version, with the way to where they lead as content.
    [
      'rar3-symlink-unix.rar',
      [
        ['data_link', 8],
        ['data.txt', 5],
        ['random_link', 12],
      ],
    ],
  ])('%s', async (name, files) => {
    expect(await open(archive(`rar/${name}`))).toEqual({ reasons: [], files });
  });

  test.each(['rar3-comment-psw.rar', 'rar3-comment-hpsw.rar', 'rar5-psw.rar', 'rar5-hpsw.rar'])(
    '%s is encrypted',
    async (name) => {
      expect(await open(archive(`rar/${name}`))).toEqual({ reasons: ['encrypted'], files: [] });
    },
  );

  test.each(['rar3-vols.part1.rar.xz', 'rar5-vols.part1.rar.xz'])('%s is one of many', async (name) => {
    const { reasons, files } = await open(archive(`rar/${name}`));
    expect(reasons).toContain('partial');
    expect(files.at(-1)?.[0]).toMatch(/bigfile\.txt$/);
  });

  test('stored', async () => {
    const unpacked = await unpack(mail(multipart([attachment('a.rar', rar5Stored('x.com', EICAR))])));
    expect(filesWith(unpacked, EICAR).map(({ path }) => path)).toEqual([['a.rar', 'x.com']]);
  });
});

test('names of archives are names, not paths', async () => {
  for (const name of ['../../../../tmp/x', '/etc/x', 'a/../b', `${'long/'.repeat(20)}x`, '..']) {
    const unpacked = await unpack(mail(multipart([attachment('a.rar', rar5Stored(name, EICAR))])));
    expect(filesWith(unpacked, EICAR).length, name).toBe(1);
  }
});
