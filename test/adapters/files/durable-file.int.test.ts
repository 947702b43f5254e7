import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder, replaceFile, writeSynced } from '../../../src/adapters/files/durable-file.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'durable-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('folders are made with their parents, private, and again without harm', async () => {
  const folder = join(root, 'a', 'b', 'c');
  await makeFolder(folder);
  await makeFolder(folder);
  for (const made of [folder, join(root, 'a')]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  await writeFile(join(root, 'file'), '');
  await expect(makeFolder(join(root, 'file', 'x'))).rejects.toThrow('ENOTDIR');
});

test('a file of thousands of pieces is written whole and private', async () => {
  const pieces = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index}\n`));
  await writeSynced(join(root, 'x'), pieces);
  expect(await readFile(join(root, 'x'))).toEqual(Buffer.concat(pieces));
  expect((await stat(join(root, 'x'))).mode & 0o777).toBe(0o600);
});

test('a file that is there is not touched', async () => {
  await writeFile(join(root, 'x'), 'first');
  await expect(writeSynced(join(root, 'x'), [Buffer.from('second')])).rejects.toThrow('EEXIST');
  expect(await readFile(join(root, 'x'), 'utf8')).toBe('first');
});

test('a file is replaced at once, and where that fails the old one stays', async () => {
  await writeFile(join(root, 'x'), 'old');
  await replaceFile(join(root, 'x'), join(root, 'x.tmp'), [Buffer.from('new')]);
  expect(await readFile(join(root, 'x'), 'utf8')).toBe('new');
  expect(await readdir(root)).toEqual(['x']);
  await mkdir(join(root, 'folder'));
  await expect(replaceFile(join(root, 'folder'), join(root, 'x.tmp'), [])).rejects.toThrow();
  expect(await readdir(root)).toEqual(['folder', 'x']);
});
