import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComponentRefused, type FilterDownload, type PatternDownload } from '../../../src/actors/ports/scanning.ts';
import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { eicarTestFile } from '../../../src/adapters/components/eicar.ts';
import { eicarSha256, filter, pattern, signatureFile } from './downloads.ts';

let folder: string;
let problems: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-components-'));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

const open = (limits: { patternBytesMax?: number; filterBytesMax?: number; signaturesMax?: number } = {}) =>
  createComponentStore({
    folder,
    onProblem: (component, problem) => problems.push(`${component}: ${problem}`),
    ...limits,
  });
const eicarIn = (set = open().current().agent) => set?.match({ size: eicarTestFile().length, sha256: eicarSha256 });
const versions = async (component: string) => (await readdir(join(folder, component))).sort();
/** A path in the newest version of the agent pattern. */
const newest = async (file: string) => join(folder, 'agent', (await versions('agent')).at(-1) ?? '', file);

describe('a component store', () => {
  it('is empty without a folder, and that is no problem', async () => {
    const store = open();
    expect([await store.load(), store.current()]).toEqual([[], {}]);
  });

  it('installs all three, and loads them again after a restart', async () => {
    const store = open();
    await store.installPattern('agent', pattern('1'));
    await store.installPattern('conventional', pattern('2'));
    await store.installFilter(filter('3'));
    const again = open();
    expect(await again.load()).toEqual([]);
    for (const { agent, conventional, filter } of [store.current(), again.current()]) {
      expect([agent?.version, conventional?.version, filter?.version]).toEqual(['1', '2', '3']);
      expect([eicarIn(agent), eicarIn(conventional)]).toEqual(['Eicar-1', 'Eicar-2']);
      expect([agent?.entries, filter?.has(eicarSha256), filter?.has('0'.repeat(64))]).toEqual([1, true, false]);
      expect([agent?.checkedAtMs, filter?.checkedAtMs]).toEqual([1000, 1000]);
    }
    expect(problems).toEqual([]);
  });

  it('replaces the snapshot as a whole and never changes one that a scan holds', async () => {
    const store = open();
    await store.installPattern('agent', pattern('1'));
    const before = store.current();
    await store.installPattern('agent', pattern('2'));
    store.confirm('agent', 2000);
    expect([before.agent?.version, before.agent?.checkedAtMs, eicarIn(before.agent)]).toEqual(['1', 1000, 'Eicar-1']);
    expect([store.current().agent?.version, store.current().agent?.checkedAtMs]).toEqual(['2', 2000]);
    expect(Object.isFrozen(store.current())).toBe(true);
    await store.settled();
  });

  it('takes a filter packed with gzip, and keeps it unpacked', async () => {
    const plain = filter('1');
    await open().installFilter({ ...plain, content: gzipSync(plain.content) });
    const [version = ''] = await versions('filter');
    expect((await readFile(join(folder, 'filter', version, 'filter.bloom'))).equals(plain.content)).toBe(true);
  });

  it('keeps the version before, and removes older ones and leftovers of an interrupted install', async () => {
    const store = open();
    await mkdir(join(folder, 'agent', '.new-left'), { recursive: true });
    for (const version of ['1', '2', '3', '4']) await store.installPattern('agent', pattern(version));
    expect((await versions('agent')).map((name) => name.slice(0, 8))).toEqual(['00000003', '00000004']);
  });

  it('installs asked for at once come one after the other', async () => {
    const store = open();
    // The larger one takes longer to verify.
    const large = pattern('1', signatureFile('large.hdb', `#${'x'.repeat(8_000_000)}`));
    await Promise.all([large, pattern('2'), pattern('3')].map((each) => store.installPattern('agent', each)));
    expect(store.current().agent?.version).toBe('3');
    expect(await versions('agent')).toHaveLength(2);
  });

  it('an install before any load keeps what stands on disk', async () => {
    await open().installPattern('agent', pattern('1'));
    await open().installPattern('agent', pattern('2'));
    expect(await versions('agent')).toHaveLength(2);
  });
});

describe('confirm', () => {
  it('moves the time of the last check, also over a restart; nothing where nothing is installed', async () => {
    const store = open();
    store.confirm('filter', 5);
    await store.installFilter(filter('1'));
    store.confirm('filter', 5000);
    store.confirm('filter', 6000);
    expect(store.current().filter?.checkedAtMs).toBe(6000);
    await store.settled();
    const again = open();
    await again.load();
    expect(again.current().filter?.checkedAtMs).toBe(6000);
    expect(problems).toEqual([]);
  });

  it('with a damaged note the component looks as old as when it was fetched', async () => {
    const store = open();
    await store.installPattern('agent', pattern('1'));
    store.confirm('agent', 5000);
    await store.settled();
    await writeFile(await newest('checked-at.json'), '{"checkedAtMs":"soon"}');
    const again = open();
    expect([await again.load(), again.current().agent?.checkedAtMs]).toEqual([[], 1000]);
  });

  it('tells when the disk does not take it', async () => {
    const store = open();
    await store.installPattern('agent', pattern('1'));
    await rm(join(folder, 'agent'), { recursive: true });
    store.confirm('agent', 5000);
    await store.settled();
    expect(problems).toEqual([expect.stringMatching(/^agent: the time of the last check cannot be noted: ENOENT/)]);
    expect(store.current().agent?.checkedAtMs).toBe(5000);
  });
});

describe('a component that does not verify never replaces one that does', () => {
  const empty = hash('sha256', '');
  const wrongDigest = { ...signatureFile('b.hdb', ''), sha256: '0'.repeat(64) };
  const badPatterns: [string, PatternDownload, string][] = [
    ['no files', { ...pattern('2'), files: [] }, '/files'],
    ['only comments', { ...pattern('2'), files: [signatureFile('a.hdb', '#')] }, 'no signature that can match'],
    ['a wrong SHA-256', pattern('2', wrongDigest), '"b.hdb" is not what the update source says'],
    ['a bad line', pattern('2', signatureFile('b.hdb', '#', 'oops')), '"b.hdb" line 2'],
    ['no EICAR', { ...pattern('2'), files: [signatureFile('a.hsb', `${'a'.repeat(64)}:1:x`)] }, 'does not find EICAR'],
    [
      'EICAR allowed',
      pattern('2', signatureFile('w.sfp', `${eicarSha256}:*:x`), signatureFile('b.hdb', `${'a'.repeat(32)}:1:x`)),
      'does not find EICAR',
    ],
    [
      'the empty file as malware',
      pattern('2', signatureFile('b.hsb', `${empty}:*:x`)),
      'takes the empty file for malware',
    ],
    ['a name that leaves the folder', pattern('2', signatureFile('../b.hdb', '')), '/files/1/name'],
    ['a name with a folder', pattern('2', signatureFile('x/b.hdb', '')), '/files/1/name'],
    ['the name of the manifest', pattern('2', signatureFile('manifest.json', '')), 'is no .hdb'],
    ['two files of one name', pattern('2', signatureFile('A.hsb', '')), 'two files have the same name'],
    ['an empty version', pattern(''), '/version'],
    ['a version of two lines', pattern('2\n3'), '/version'],
    ['no time', { ...pattern('2'), fetchedAtMs: Number.NaN }, '/fetchedAtMs'],
    [
      'too many files',
      pattern('2', ...Array.from({ length: 64 }, (_, i) => signatureFile(`f${i}.fp`, ''))),
      '65 files',
    ],
    ['too many bytes', pattern('2', signatureFile('b.fp', '#'.repeat(1000))), 'more than the allowed 500'],
    [
      'too many signatures',
      pattern('2', signatureFile('b.hdb', `${'a'.repeat(32)}:1:x`, `${'b'.repeat(32)}:1:x`)),
      'more than 2 signatures',
    ],
  ];
  it.each(badPatterns)('a pattern with %s', async (_, download, message) => {
    const store = open({ patternBytesMax: 500, signaturesMax: 2 });
    await store.installPattern('agent', pattern('1'));
    const install = store.installPattern('agent', download);
    await expect(install).rejects.toThrow(ComponentRefused);
    await expect(install).rejects.toThrow(message);
    expect(eicarIn(store.current().agent)).toBe('Eicar-1');
    expect(await versions('agent')).toHaveLength(1);
  });

  const claimsAll = Buffer.from(filter('2').content);
  claimsAll.fill(0xff, 48);
  const badFilters: [string, Partial<FilterDownload>, string][] = [
    ['rubbish', { content: Buffer.from('<html>'.repeat(100)) }, 'version 60 is not 1'],
    ['half a file', { content: filter('2').content.subarray(0, 1000) }, 'truncated'],
    ['half a gzip', { content: gzipSync(filter('2').content).subarray(0, 50) }, 'damaged gzip'],
    ['no EICAR', { content: filter('2', []).content }, 'does not hold EICAR'],
    ['a claim on everything', { content: claimsAll }, 'claims 256 of 256 random hashes'],
    ['no pattern id', { patternId: '' }, '/patternId'],
    ['too many bytes', { content: gzipSync(Buffer.alloc(100_000)) }, 'more than 5000 bytes when unpacked'],
  ];
  it.each(badFilters)('a filter with %s', async (_, change, message) => {
    const store = open({ filterBytesMax: 5000 });
    await store.installFilter(filter('1'));
    const install = store.installFilter({ ...filter('2'), ...change });
    await expect(install).rejects.toThrow(ComponentRefused);
    await expect(install).rejects.toThrow(message);
    expect(store.current().filter?.version).toBe('1');
    expect(await versions('filter')).toHaveLength(1);
  });
});

describe('damage on disk', () => {
  const damages: [string, (store: ReturnType<typeof open>) => Promise<void>, string][] = [
    [
      'a changed signature',
      async () => writeFile(await newest('a.hsb'), `${eicarSha256}:68:Eicar-9\n`),
      'its SHA-256 differs',
    ],
    ['a cut file', async () => truncate(await newest('a.hsb'), 10), 'its SHA-256 differs'],
    ['a missing file', async () => rm(await newest('a.hsb')), 'ENOENT'],
    ['a changed manifest', async () => writeFile(await newest('manifest.json'), '{}'), 'manifest.json is damaged'],
    ['an empty manifest', async () => truncate(await newest('manifest.json')), 'manifest.json is damaged'],
    ['a missing manifest', async () => rm(await newest('manifest.json')), 'ENOENT'],
    ['a huge manifest', async () => truncate(await newest('manifest.json'), 2 ** 20), 'more than the allowed 65536'],
    ['a huge file', async () => truncate(await newest('a.hsb'), 2 ** 31), 'more than the allowed'],
  ];
  it.each(damages)('%s is told, and the version before is used', async (_, damage, message) => {
    const store = open();
    await store.installPattern('agent', pattern('1'));
    await store.installPattern('agent', pattern('2'));
    await store.installFilter(filter('3'));
    await damage(store);
    const again = open();
    const told = await again.load();
    expect(told).toEqual([{ component: 'agent', problem: expect.stringContaining(message) }]);
    expect(told[0]?.problem).toMatch(/^00000002-[0-9a-f]{16} cannot be used: .*; version 1 is used$/);
    expect([eicarIn(again.current().agent), again.current().filter?.version]).toEqual(['Eicar-1', '3']);

    await again.installPattern('agent', pattern('4'));
    expect((await versions('agent')).map((name) => name.slice(0, 8))).toEqual(['00000001', '00000003']);
  });

  it('of the only version leaves none, and the next install mends it', async () => {
    await open().installPattern('agent', pattern('1'));
    await truncate(await newest('a.hsb'));
    const again = open();
    expect(await again.load()).toEqual([{ component: 'agent', problem: expect.stringContaining('; nothing is left') }]);
    expect(again.current()).toEqual({});
    await again.installPattern('agent', pattern('1'));
    expect(await open().load()).toEqual([]);
  });

  it('a file in place of the folder is told at load, and refuses an install', async () => {
    await writeFile(join(folder, 'agent'), '');
    const store = open();
    expect(await store.load()).toEqual([
      { component: 'agent', problem: expect.stringMatching(/^cannot be read: ENOTDIR/) },
    ]);
    const install = store.installPattern('agent', pattern('1'));
    await expect(install).rejects.toThrow(ComponentRefused);
    await expect(install).rejects.toThrow(/cannot be stored: ENOTDIR/);
    expect(store.current()).toEqual({});
  });
});
