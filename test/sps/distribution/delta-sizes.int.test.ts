import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';
import { encodeDelta } from '../../../src/sps/distribution/encode-delta.ts';
import { filterCapacity } from '../../../src/sps/products/filter-capacity.ts';
import { writeSmartPattern } from '../../../src/sps/products/smart-pattern/write.ts';

const keys = 200_000;
const added = keys / 100;
let folder: string;
let hashes: Buffer[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'delta-sizes-'));
  hashes = Array.from({ length: keys + added }, (_, n) => createHash('sha256').update(`malware ${n}`).digest());
});
afterAll(() => rmSync(folder, { recursive: true }));

const place = (name: string) => join(folder, name);

test.each([
  ['new, with room for a quarter more', filterCapacity(keys, undefined)],
  ['nearly full', keys + added],
  ['a quarter full', keys * 4],
])('a hundredth more keys in a filter that is %s: a delta of at most a twentieth', (_, capacity) => {
  const write = (name: string, count: number) => {
    const content = buildFilter({
      keys: hashes.slice(0, count).map((hash) => hash.toString('hex')),
      capacity,
      falsePositiveRate: 0.0001,
    });
    writeFileSync(place(name), content);
    return content.length;
  };
  const size = write('old.bloom', keys);
  expect(write('new.bloom', keys + added)).toBe(size);
  const delta = encodeDelta(place('old.bloom'), place('new.bloom'), 'bits');
  expect(delta?.content.length).toBeLessThanOrEqual(0.05 * size);
});

test('a hundredth more hashes in a smart scan pattern: a delta of at most three hundredths', () => {
  const write = (name: string, count: number) => {
    const sorted = hashes.slice(0, count).sort(Buffer.compare);
    const entries = sorted.map((hash, n) => ({
      hash,
      name: `Win.Trojan.Agent-${hash.readUInt32BE(8)}-0`,
      source: n % 2 ? 'clamav' : 'urlhaus',
    }));
    return writeSmartPattern(place(name), entries, ['clamav', 'urlhaus']).size;
  };
  write('old.smart', keys);
  const size = write('new.smart', keys + added);
  const delta = encodeDelta(place('old.smart'), place('new.smart'), 'zstd');
  expect(delta?.content.length).toBeLessThanOrEqual(0.03 * size);
});
