import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFeedTable, openFeedEntries } from '../../../src/sps/feed/feed-table.ts';
import type { FeedChange } from '../../../src/sps/feed/reputation-entry.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'feed-table-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = (byte: number) => Buffer.alloc(32, byte);
const put = (byte: number, name: string, expiresMs = Number.POSITIVE_INFINITY): FeedChange => ({
  hash: hash(byte),
  entry: { verdict: 'malicious', name, source: '', expiresMs },
});

test('the newest word on each hash counts until it expires or is taken back; what is said again is no change', () => {
  const file = join(folder, 'feed.db');
  const table = createFeedTable(file);
  expect(table.apply([put(2, 'b'), put(1, 'a'), put(3, 'c', 100), put(2, 'B')])).toBe(4);
  expect(table.apply([put(1, 'a'), put(3, 'c', 100), { hash: hash(9), entry: undefined }])).toBe(0);
  expect([...table.entries(0)].map(({ name }) => name)).toEqual(['a', 'B', 'c']);
  expect(table.nextExpiryMs(0)).toBe(100);
  expect([...table.entries(100)].map(({ name }) => name)).toEqual(['a', 'B']);
  expect(table.nextExpiryMs(100)).toBe(Number.POSITIVE_INFINITY);
  expect(table.apply([{ hash: hash(1), entry: undefined }])).toBe(1);

  const reader = openFeedEntries(file);
  expect([...reader.entries(0)].map(({ name }) => name)).toEqual(['B', 'c']);
  reader.close();
  table.close();
  expect(existsSync(file)).toBe(false);
});

test('a table begins empty, whatever an earlier reading left behind', () => {
  const file = join(folder, 'feed.db');
  createFeedTable(file).apply([put(1, 'a')]);
  const table = createFeedTable(file);
  expect([...table.entries(0)]).toEqual([]);
  table.close();
});
