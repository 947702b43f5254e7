import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeEntry, type Entry, encodeEntry } from '../../../src/sps/data/entry.ts';
import { createSorter } from '../../../src/sps/data/sort-entries.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-sort-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (hash: Buffer, name = ''): Entry => ({ hash, name, agent: false, allow: false, since: 1, seen: 2 });
/** As an independent program would do it. */
const sortedSimply = (entries: readonly Entry[]) =>
  entries
    .map(({ hash, name }) => `${hash.toString('hex')} ${name}`)
    .map((line, index) => ({ key: line.slice(0, line.indexOf(' ')), line, index }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index))
    .map(({ line }) => line);

/** So small that every way is gone with few entries. */
const tiny = { chunkBytes: 4096, bytesMax: 20_000, recordsMax: 50 };

function sorted(entries: readonly Entry[], limits?: typeof tiny): string[] {
  const length = entries[0]?.hash.length ?? 32;
  const sorter = createSorter(join(folder, 'sort'), length, limits);
  for (const one of entries) sorter.add(encodeEntry(one));
  expect(sorter.count()).toBe(entries.length);
  const read = () =>
    Array.from(sorter.sorted(), (record) => {
      const { hash, name } = decodeEntry(record, length);
      return `${hash.toString('hex')} ${name}`;
    });
  const found = read();
  expect(read()).toEqual(found);
  sorter.close();
  expect(readdirSync(folder)).toEqual([]);
  return found;
}

const numbered = (count: number, hash: (number: number) => Buffer) =>
  Array.from({ length: count }, (_, number) => entry(hash(number), `Name.${number}`.repeat(number % 7)));

test.each<[string, (number: number) => Buffer]>([
  ['even', () => randomBytes(32)],
  ['all the same', () => Buffer.alloc(32, 7)],
  [
    'each a hundred times',
    (number) =>
      createHash('sha256')
        .update(String(number % 30))
        .digest(),
  ],
  ['alike but for the last byte', (number) => Buffer.concat([Buffer.alloc(31), Buffer.of(number % 256)])],
  [
    'alike but for the last four bits',
    (number) => Buffer.concat([Buffer.alloc(31, 0xff), Buffer.of(0xf0 | (number % 16))]),
  ],
  ['of MD5', () => randomBytes(16)],
  [
    'of SHA-1 that differ in the middle',
    (number) => Buffer.concat([Buffer.alloc(9), Buffer.of(number % 256), Buffer.alloc(10)]),
  ],
])('hashes that are %s come out sorted, of the same hash in their order', (_, hash) => {
  const entries = numbered(3000, hash);
  expect(sorted(entries, tiny)).toEqual(sortedSimply(entries));
  expect(sorted(entries)).toEqual(sortedSimply(entries));
});

test('a million come out sorted', () => {
  const sorter = createSorter(join(folder, 'sort'), 32);
  let seed = randomBytes(32);
  let sum = 0n;
  for (let number = 0; number < 31_250; number++) {
    seed = createHash('shake256', { outputLength: 1024 }).update(seed).digest();
    for (let at = 0; at < 1024; at += 32) {
      sorter.add(encodeEntry(entry(seed.subarray(at, at + 32), 'A')));
      sum += seed.readBigUInt64BE(at);
    }
  }
  let [before, count] = [Buffer.alloc(32), 0];
  for (const record of sorter.sorted()) {
    if (before.compare(record, 0, 32) > 0) expect.fail('not sorted');
    before = Buffer.from(record.subarray(0, 32));
    sum -= record.readBigUInt64BE(0);
    count++;
  }
  expect([count, sum]).toEqual([1_000_000, 0n]);
  sorter.close();
});
