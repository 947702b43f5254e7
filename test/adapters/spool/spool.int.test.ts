import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headBytesMax } from '../../../src/actors/ports/mail.ts';
import { SpoolFull } from '../../../src/adapters/spool/incoming-content.ts';
import { createSpool } from '../../../src/adapters/spool/spool.ts';
import { MessageDisposed } from '../../../src/adapters/spool/spooled-message.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('within the budget a message stays in memory, byte for byte', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 100 });
  const content = spool.begin();
  expect(content.write(Buffer.from('one '))).toBeUndefined();
  expect(content.write(Buffer.from('two'))).toBeUndefined();
  const message = content.finish();
  expect(message.size).toBe(7);
  expect(spool.memoryBytes()).toBe(7);
  expect((await message.load()).toString()).toBe('one two');
  expect(await message.load()).toBe(await message.load());
  message.dispose();
  message.dispose();
  expect(spool.memoryBytes()).toBe(0);
  await expect(message.load()).rejects.toThrow(MessageDisposed);
});

test('the head is the first 64 KiB, also of a file, and waits for no room', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 200_000 });
  const bytes = randomBytes(150_000);
  const inMemory = spool.begin();
  inMemory.write(bytes);
  const kept = inMemory.finish();
  const inFile = spool.begin();
  await inFile.write(bytes);
  const spilled = inFile.finish();
  const short = spool.begin();
  await short.write(Buffer.from('Subject: x'));
  const messages = [kept, spilled, short.finish()];
  const heads = await Promise.all(messages.map((message) => message.head()));
  expect(heads.map((head) => head.length)).toEqual([headBytesMax, headBytesMax, 10]);
  for (const head of heads.slice(0, 2)) expect(head.equals(bytes.subarray(0, headBytesMax))).toBe(true);
  expect((await kept.load()).equals(bytes)).toBe(true);
  for (const message of messages) message.dispose();
  for (const message of messages) await expect(message.head()).rejects.toThrow(MessageDisposed);
});

test('many tiny chunks are one message', async () => {
  const spool = await createSpool({ folder });
  const bytes = randomBytes(5000);
  const content = spool.begin();
  for (const byte of bytes) content.write(Buffer.of(byte));
  expect((await content.finish().load()).equals(bytes)).toBe(true);
});

test('over the budget it goes to a file, and load waits for room', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 100 });
  const other = spool.begin();
  other.write(randomBytes(60));
  const bytes = randomBytes(90);
  const content = spool.begin();
  expect(content.write(bytes.subarray(0, 30))).toBeUndefined();
  const spilled = content.write(bytes.subarray(30, 60));
  expect(spilled).toBeInstanceOf(Promise);
  await spilled;
  await content.write(bytes.subarray(60));
  expect(spool.memoryBytes(), 'what spilled holds no memory').toBe(60);
  const message = content.finish();
  let loaded = false;
  const load = message.load().then((buffer) => {
    loaded = true;
    return buffer;
  });
  await stat(folder);
  expect(loaded).toBe(false);
  other.discard();
  expect((await load).equals(bytes)).toBe(true);
  expect(spool.memoryBytes()).toBe(90);
  message.dispose();
  expect(spool.memoryBytes()).toBe(0);
});

test('dispose ends a load that waits', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 10 });
  spool.begin().write(randomBytes(5));
  const content = spool.begin();
  await content.write(randomBytes(8));
  const message = content.finish();
  const load = message.load();
  message.dispose();
  await expect(load).rejects.toThrow(MessageDisposed);
  await expect(message.load()).rejects.toThrow(MessageDisposed);
  expect(spool.memoryBytes()).toBe(5);
});

test('many messages, each as large as the budget, all get through: no deadlock', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 1000 });
  const passed = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const content = spool.begin();
      const bytes = randomBytes(1000);
      for (let at = 0; at < 1000; at += 100) await content.write(bytes.subarray(at, at + 100));
      const message = content.finish();
      const same = (await message.load()).equals(bytes);
      message.dispose();
      return same;
    }),
  );
  expect(passed).toEqual(Array(30).fill(true));
  expect(spool.memoryBytes()).toBe(0);
});

test('nothing stays in the folder, and leftovers of a crash go at start', async () => {
  await writeFile(join(folder, 'left.spool'), 'x');
  await writeFile(join(folder, 'note.txt'), 'not ours');
  const spool = await createSpool({ folder, memoryBytesMax: 1 });
  expect(await readdir(folder)).toEqual(['note.txt']);
  const content = spool.begin();
  await content.write(randomBytes(10));
  expect(await readdir(folder), 'unlinked while open').toEqual(['note.txt']);
  content.discard();
  content.discard();
});

test('a full disk is SpoolFull, and gives everything back', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 10, openFile: () => open('/dev/full', 'w') });
  const content = spool.begin();
  content.write(randomBytes(10));
  await expect(content.write(randomBytes(10))).rejects.toThrow(SpoolFull);
  content.discard();
  expect(spool.memoryBytes()).toBe(0);
});

test('a message discarded while it is being spilled leaves nothing', async () => {
  const spool = await createSpool({ folder, memoryBytesMax: 10 });
  const content = spool.begin();
  content.write(randomBytes(10));
  const writing = content.write(randomBytes(100_000));
  content.discard();
  await writing?.catch(() => undefined);
  expect(spool.memoryBytes()).toBe(0);
});

test('a folder that cannot be used shows at start', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(createSpool({ folder: join(folder, 'file', 'spool') })).rejects.toThrow(/ENOTDIR/);
});

test.skipIf(process.getuid?.() === 0)('a folder without permission shows at start', async () => {
  await chmod(folder, 0o500);
  await expect(createSpool({ folder })).rejects.toThrow(/EACCES/);
  await chmod(folder, 0o700);
});

test('a new folder and its files are for the owner only', async () => {
  const inner = join(folder, 'a', 'spool');
  await createSpool({ folder: inner });
  expect((await stat(inner)).mode & 0o777).toBe(0o700);
});
