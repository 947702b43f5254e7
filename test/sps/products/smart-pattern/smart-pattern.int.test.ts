import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shownName } from '../../../../src/sps/data/entry.ts';
import { type SmartEntry, SmartPatternInvalid } from '../../../../src/sps/products/smart-pattern/format.ts';
import { openSmartPattern, type SmartPattern } from '../../../../src/sps/products/smart-pattern/read.ts';
import { type NewSmartEntry, writeSmartPattern } from '../../../../src/sps/products/smart-pattern/write.ts';

let folder: string;
let path: string;
let open: SmartPattern | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smart-'));
  path = join(folder, 'x.smart');
});
afterEach(() => {
  open?.close();
  open = undefined;
  rmSync(folder, { recursive: true });
});

const hashOf = (n: number) => createHash('sha256').update(`malware ${n}`).digest();
const entriesOf = (count: number): NewSmartEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    hash: hashOf(n),
    name: `Mal.${n}`,
    source: n % 3 ? 'clamav' : 'feed',
  })).sort((a, b) => Buffer.compare(a.hash, b.hash));
const shown = ({ hash, name, source }: NewSmartEntry): SmartEntry => ({
  ...{ sha256: Buffer.from(hash).toString('hex'), name, source },
});
/** 0: read from the file at each look-up, as large ones are. */
let wholeBytesMax: number | undefined;
async function written(entries: readonly NewSmartEntry[], sources?: string[]): Promise<SmartPattern> {
  rmSync(path, { force: true });
  open?.close();
  writeSmartPattern(path, entries, sources);
  open = await openSmartPattern(path, wholeBytesMax);
  return open;
}

describe.each([
  ['in memory', undefined],
  ['from the file', 0],
])('what is written is found %s', (_place, bytes) => {
  beforeEach(() => {
    wholeBytesMax = bytes;
  });

  test.each([0, 1, 2, 33, 20_000])('%i entries: each of them, and nothing else', async (count) => {
    const entries = entriesOf(count);
    const pattern = await written(entries);
    expect(pattern.entries).toBe(count);
    expect(entries.map(shown).filter((entry) => pattern.find(entry.sha256)?.name !== entry.name)).toEqual([]);
    expect(
      Array.from({ length: 1000 }, (_, n) => pattern.find(hashOf(-1 - n).toString('hex'))).filter(Boolean),
    ).toEqual([]);
    expect([...pattern.hashes()]).toEqual(entries.map((entry) => shown(entry).sha256));
  });

  test('by any beginning, in order', async () => {
    const alike = [0, 1, 0x7f, 0xff].map((last) => ({
      ...{
        hash: Buffer.from(`275a021b${'00'.repeat(27)}${last.toString(16).padStart(2, '0')}`, 'hex'),
        name: '',
        source: 's',
      },
    }));
    const entries = [...entriesOf(5000), ...alike].sort((a, b) => Buffer.compare(a.hash, b.hash));
    const pattern = await written(entries);
    expect(pattern.withPrefix('275a021b').map(({ sha256 }) => sha256)).toEqual(alike.map((one) => shown(one).sha256));
    const one = shown(entries[7] as NewSmartEntry);
    expect(pattern.withPrefix(one.sha256.slice(0, 8))).toEqual([one]);
    expect(pattern.withPrefix(one.sha256.slice(0, 62))).toEqual([one]);
    expect(pattern.withPrefix('00000000')).toEqual([]);
    expect(() => pattern.withPrefix('275a02')).toThrow(RangeError);
    expect(() => pattern.withPrefix('275a021x')).toThrow(RangeError);
  });

  test('any names and sources', async () => {
    const entry = fc.record({
      hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      name: fc.string({ unit: 'grapheme', maxLength: 80 }),
      source: fc.string({ maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(entry, { selector: ({ hash }) => hash.toString() }), async (any) => {
        const entries = any.sort((a, b) => Buffer.compare(a.hash, b.hash));
        const pattern = await written(entries);
        for (const { sha256, name, source } of entries.map(shown)) {
          const found = pattern.find(sha256);
          expect(found?.source).toBe(source);
          expect(found?.name).toBe(Buffer.byteLength(name) > 255 ? found?.name : name || found?.name);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('a long name is cut between characters; one that only repeats the hash takes no room', async () => {
    const [first, second] = entriesOf(2);
    if (!first || !second) throw new Error('two entries');
    const pattern = await written([
      { ...first, name: `ab${'関'.repeat(100)}` },
      { ...second, name: shownName({ name: '', hash: second.hash }), source: 'feed' },
    ]);
    expect(pattern.find(shown(first).sha256)?.name).toBe(`ab${'関'.repeat(84)}`);
    expect(pattern.find(shown(second).sha256)).toMatchObject({
      name: expect.stringMatching(/^Imported\.[0-9a-f]{16}$/),
      source: 'feed',
    });
  });

  test('the same entries and sources make the same bytes; what was written is said', async () => {
    const report = writeSmartPattern(path, entriesOf(500), ['clamav', 'feed', 'unused']);
    const bytes = readFileSync(path);
    expect(report).toMatchObject({ entries: 500, size: bytes.length });
    expect(report.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect([...report.bySource]).toEqual([
      ['clamav', 333],
      ['feed', 167],
      ['unused', 0],
    ]);
    expect((await written(entriesOf(500), ['clamav', 'feed', 'unused'])).sha256).toBe(report.sha256);
  });
});

test.each<[string, () => Iterable<NewSmartEntry>]>([
  ['unsorted', () => entriesOf(10).reverse()],
  ['twice the same', () => entriesOf(1).flatMap((entry) => [entry, entry])],
  ['an MD5', () => [{ hash: Buffer.alloc(16), name: 'x', source: 's' }]],
  ['too many sources', () => entriesOf(257).map((entry, n) => ({ ...entry, source: `source ${n}` }))],
  [
    'hundreds of thousands that begin alike',
    function* () {
      const hash = Buffer.alloc(32);
      for (let n = 0; n < 70_000; n++) {
        hash.writeUInt32BE(n, 28);
        yield { hash, name: 'x'.repeat(255), source: 's' };
      }
    },
  ],
])('%s is refused, and nothing is left', (_, entries) => {
  expect(() => writeSmartPattern(path, entries())).toThrow(SmartPatternInvalid);
  expect(readdirSync(folder)).toEqual([]);
});

describe('a damaged file', () => {
  test('any changed, missing or additional bytes are noticed at the start', async () => {
    writeSmartPattern(path, entriesOf(100));
    const good = readFileSync(path);
    const damage = fc.oneof(
      fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ by;
        return bad;
      }),
      fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
      fc.uint8Array({ minLength: 1 }).map((more) => Buffer.concat([good, more])),
      fc.uint8Array({ maxLength: 300 }).map((rubbish) => Buffer.from(rubbish)),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bad) => {
        writeFileSync(path, bad);
        await expect(openSmartPattern(path)).rejects.toThrow(SmartPatternInvalid);
      }),
      { numRuns: 300 },
    );
  });

  test('one that was made so, with a right digest: an answer or SmartPatternInvalid, and nothing worse', async () => {
    const entries = entriesOf(200);
    writeSmartPattern(path, entries);
    const good = readFileSync(path);
    const changes = fc.array(fc.tuple(fc.nat(good.length - 33), fc.nat(255)), { minLength: 1, maxLength: 8 });
    // The fields at the end are where a change does most.
    const fields = fc.array(fc.tuple(fc.integer({ min: good.length - 64 - 40, max: good.length - 33 }), fc.nat(255)), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, fields), async (changed) => {
        const bad = Buffer.from(good);
        for (const [at, value] of changed) bad[at] = value;
        bad.set(createHash('sha256').update(bad.subarray(0, -32)).digest(), bad.length - 32);
        writeFileSync(path, bad);
        let pattern: SmartPattern | undefined;
        try {
          pattern = await openSmartPattern(path, 0);
          for (const entry of entries) pattern.find(shown(entry).sha256);
          for (const entry of entries) pattern.withPrefix(shown(entry).sha256.slice(0, 8));
          Array.from(pattern.hashes());
        } catch (error) {
          expect(error).toBeInstanceOf(SmartPatternInvalid);
        } finally {
          pattern?.close();
        }
      }),
      { numRuns: 500 },
    );
  });
});
