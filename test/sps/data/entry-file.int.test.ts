import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeEntry, type Entry, encodeEntry } from '../../../src/sps/data/entry.ts';
import { createEntryFile, EntryFileDamaged, openEntryFile } from '../../../src/sps/data/entry-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-entries-'));
  file = join(folder, 'entries');
});
afterEach(() => rmSync(folder, { recursive: true }));

const some = (count: number, hashLength: number): Entry[] =>
  Array.from({ length: count }, (_, number): Entry => {
    const entry = { hash: randomBytes(hashLength), name: 'ねずみ'.repeat(number % 80), agent: number % 2 === 0 };
    const size = number % 3 === 0 ? {} : { size: number ** 3 };
    return { ...entry, ...size, allow: number % 5 === 0, since: number, seen: 4_294_967_295 - number };
  }).sort((a, b) => a.hash.compare(b.hash));

function write(entries: readonly Entry[], hashLength: number) {
  const writer = createEntryFile(file, hashLength);
  for (const entry of entries) writer.write(encodeEntry(entry));
  const content = writer.finish();
  writer.close();
  return content;
}

test.each([16, 20, 32])('hashes of %i bytes: what was written is read, in order and one by one', (hashLength) => {
  const entries = some(20_000, hashLength);
  const content = write(entries, hashLength);
  expect(content).toMatchObject({ count: 20_000, bytes: readFileSync(file).length });
  expect(content.seen.size).toBe(20_000);
  const reader = openEntryFile(file, hashLength);
  expect(Array.from(reader.records(), (record) => decodeEntry(record, hashLength))).toEqual(entries);
  for (const entry of entries.filter((_, index) => index % 97 === 0 || index === 19_999)) {
    const record = reader.find(entry.hash);
    expect(record && decodeEntry(record, hashLength)).toEqual(entry);
  }
  for (const hash of [randomBytes(hashLength), Buffer.alloc(hashLength), Buffer.alloc(hashLength, 0xff)])
    expect(reader.find(hash)).toBeUndefined();
  reader.close();
});

test('one that is removed while it is read is read to its end', () => {
  write(some(20_000, 32), 32);
  const reader = openEntryFile(file, 32);
  rmSync(file);
  expect([...reader.records()]).toHaveLength(20_000);
  reader.close();
});

describe('a file that is not what was written', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut short', (bytes) => bytes.subarray(0, -100)],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.alloc(14)])],
    ['another in its index', (bytes) => flipped(bytes, bytes.length - 30)],
    ['another in its tail', (bytes) => flipped(bytes, bytes.length - 9)],
  ])('because it is %s is not opened', (_, spoil) => {
    write(some(20_000, 32), 32);
    writeFileSync(file, spoil(readFileSync(file)));
    expect(() => openEntryFile(file, 32)).toThrow(EntryFileDamaged);
  });

  test('because a bit is another is not read past it', () => {
    write(some(20_000, 32), 32);
    writeFileSync(file, flipped(readFileSync(file), 300_000));
    const reader = openEntryFile(file, 32);
    expect(() => [...reader.records()]).toThrow(`${file} is damaged: wrong block`);
    reader.close();
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
