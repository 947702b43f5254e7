import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ComponentDownload, ComponentRefused } from '../../../src/actors/ports/components.ts';
import { type ComponentStoreOptions, createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { eicarTestFile } from '../../../src/adapters/components/eicar.ts';
import type { ComponentProblem } from '../../../src/events/component-problem.ts';
import { eicarSha256, filter, filterContent, pattern, signatureFile } from './downloads.ts';

let folder: string;
let problems: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-components-'));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

const open = (limits: Partial<ComponentStoreOptions> = {}) =>
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
    await store.install(pattern('1'));
    await store.install({ ...pattern('2'), component: 'conventional' });
    await store.install(filter('3'));
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
    await store.install(pattern('1'));
    const before = store.current();
    await store.install(pattern('2'));
    store.confirm('agent', 2000);
    expect([before.agent?.version, before.agent?.checkedAtMs, eicarIn(before.agent)]).toEqual(['1', 1000, 'Eicar-1']);
    expect([store.current().agent?.version, store.current().agent?.checkedAtMs]).toEqual(['2', 2000]);
    expect(Object.isFrozen(store.current())).toBe(true);
    await store.settled();
  });

  it('keeps the version before, and removes older ones and leftovers of an interrupted install', async () => {
    const store = open();
    await mkdir(join(folder, 'agent', '.new-left'), { recursive: true });
    for (const version of ['1', '2', '3', '4']) await store.install(pattern(version));
    expect((await versions('agent')).map((name) => name.slice(0, 8))).toEqual(['00000003', '00000004']);
  });

  it('installs asked for at once come one after the other', async () => {
    const store = open();
    // The larger one takes longer to verify.
    const large = pattern('1', signatureFile('large.hdb', `#${'x'.repeat(8_000_000)}`));
    await Promise.all([large, pattern('2'), pattern('3')].map((each) => store.install(each)));
    expect(store.current().agent?.version).toBe('3');
    expect(await versions('agent')).toHaveLength(2);
  });

  it('an install before any load keeps what stands on disk', async () => {
    await open().install(pattern('1'));
    await open().install(pattern('2'));
    expect(await versions('agent')).toHaveLength(2);
  });
});

describe('confirm', () => {
  it('moves the time of the last check, also over a restart; nothing where nothing is installed', async () => {
    const store = open();
    store.confirm('filter', 5);
    await store.install(filter('1'));
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
    await store.install(pattern('1'));
    store.confirm('agent', 5000);
    await store.settled();
    await writeFile(await newest('checked-at.json'), '{"checkedAtMs":"soon"}');
    const again = open();
    expect([await again.load(), again.current().agent?.checkedAtMs]).toEqual([[], 1000]);
  });

  it('tells when the disk does not take it', async () => {
    const store = open();
    await store.install(pattern('1'));
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
  type Bad = [string, ComponentDownload, ComponentProblem, string];
  const badPatterns: Bad[] = [
    ['no files', { ...pattern('2'), files: [] }, 'malformed', '/files'],
    [
      'only comments',
      { ...pattern('2'), files: [signatureFile('a.hdb', '#')] },
      'does-not-load',
      'no signature that can match',
    ],
    ['a wrong SHA-256', pattern('2', wrongDigest), 'corrupted', '"b.hdb" is not what its manifest says'],
    ['a bad line', pattern('2', signatureFile('b.hdb', '#', 'oops')), 'does-not-load', '"b.hdb" line 2'],
    [
      'no EICAR',
      { ...pattern('2'), files: [signatureFile('a.hsb', `${'a'.repeat(64)}:1:x`)] },
      'probe-failed',
      'does not find EICAR',
    ],
    [
      'EICAR allowed',
      pattern('2', signatureFile('w.sfp', `${eicarSha256}:*:x`), signatureFile('b.hdb', `${'a'.repeat(32)}:1:x`)),
      'probe-failed',
      'does not find EICAR',
    ],
    [
      'the empty file as malware',
      pattern('2', signatureFile('b.hsb', `${empty}:*:x`)),
      'probe-failed',
      'takes the empty file for malware',
    ],
    ['a name that leaves the folder', pattern('2', signatureFile('../b.hdb', '')), 'malformed', '/files/1/name'],
    ['a name with a folder', pattern('2', signatureFile('x/b.hdb', '')), 'malformed', '/files/1/name'],
    ['the name of the manifest', pattern('2', signatureFile('manifest.json', '')), 'does-not-load', 'is no .hdb'],
    ['two files of one name', pattern('2', signatureFile('A.hsb', '')), 'malformed', 'two files have the same name'],
    ['an empty version', pattern(''), 'malformed', '/version'],
    ['a version of two lines', pattern('2\n3'), 'malformed', '/version'],
    ['no time', { ...pattern('2'), fetchedAtMs: Number.NaN }, 'malformed', '/fetchedAtMs'],
    [
      'too many files',
      pattern('2', ...Array.from({ length: 64 }, (_, i) => signatureFile(`f${i}.fp`, ''))),
      'too-large',
      '65 files',
    ],
    ['too many bytes', pattern('2', signatureFile('b.fp', '#'.repeat(1000))), 'too-large', 'more than the allowed'],
    ['a file that is gone', pattern('2', { name: 'b.fp', sha256: empty, path: '/nowhere/b' }), 'not-stored', 'ENOENT'],
    [
      'too many signatures',
      pattern('2', signatureFile('b.hdb', `${'a'.repeat(32)}:1:x`, `${'b'.repeat(32)}:1:x`)),
      'does-not-load',
      'more than 2 signatures',
    ],
  ];
  it.each(badPatterns)('a pattern with %s', async (_, download, kind, message) => {
    const store = open({ bytesMax: { agent: 500 }, signaturesMax: 2 });
    await store.install(pattern('1'));
    const refused = await store.install(download).catch((error) => error);
    expect(refused).toBeInstanceOf(ComponentRefused);
    expect(refused).toMatchObject({ kind, message: expect.stringContaining(message) });
    expect(eicarIn(store.current().agent)).toBe('Eicar-1');
    expect(await versions('agent')).toHaveLength(1);
  });

  const claimsAll = filterContent();
  claimsAll.fill(0xff, 48);
  const badFilters: Bad[] = [
    ['rubbish', filter('2', Buffer.from('<html>'.repeat(100))), 'does-not-load', 'version 60 is not 1'],
    ['half a file', filter('2', filterContent().subarray(0, 1000)), 'does-not-load', 'truncated'],
    ['no EICAR', filter('2', filterContent([])), 'probe-failed', 'does not hold EICAR'],
    ['a claim on everything', filter('2', claimsAll), 'probe-failed', 'claims 256 of 256 random hashes'],
    ['no pattern id', { ...filter('2'), patternId: '' }, 'malformed', '/patternId'],
    ['too many bytes', filter('2', Buffer.alloc(100_000)), 'too-large', 'more than the allowed 5000'],
  ];
  it.each(badFilters)('a filter with %s', async (_, download, kind, message) => {
    const store = open({ bytesMax: { filter: 5000 } });
    await store.install(filter('1'));
    const refused = await store.install(download).catch((error) => error);
    expect(refused).toBeInstanceOf(ComponentRefused);
    expect(refused).toMatchObject({ kind, message: expect.stringContaining(message) });
    expect(store.current().filter?.version).toBe('1');
    expect(await versions('filter')).toHaveLength(1);
  });
});

describe('rollback', () => {
  const states = async (store: ReturnType<typeof open>) =>
    (await store.versions('agent')).map(({ version, state }) => `${version} ${state}`);

  it('takes the version before, also after a restart, and refuses the other until a newer one comes', async () => {
    const store = open();
    for (const version of ['1', '2']) await store.install(pattern(version));
    expect(await states(store)).toEqual(['2 in-use', '1 kept']);
    expect(await store.rollback('agent')).toEqual({ from: '2', to: '1' });
    expect(eicarIn(store.current().agent)).toBe('Eicar-1');

    for (const each of [store, open()]) {
      await each.load();
      expect(eicarIn(each.current().agent)).toBe('Eicar-1');
      expect(each.atHand('agent').versions).toEqual(['1', '2']);
      expect(await states(each)).toEqual(['2 rolled-back', '1 in-use']);
      await expect(each.install(pattern('2'))).rejects.toMatchObject({ kind: 'rolled-back' });
    }
    await store.install(pattern('3'));
    expect(await states(store)).toEqual(['3 in-use', '1 kept']);
    const again = open();
    expect([await again.load(), eicarIn(again.current().agent)]).toEqual([[], 'Eicar-3']);
    expect(again.atHand('agent').versions).toEqual(['3']);
  });

  it('leaves the age of the version in use: no source can say that it is the newest', async () => {
    const store = open();
    for (const version of ['1', '2']) await store.install(pattern(version));
    await store.rollback('agent');
    store.confirm('agent', 9000);
    expect(store.current().agent?.checkedAtMs).toBe(1000);
    await store.install(pattern('3'));
    store.confirm('agent', 9000);
    expect(store.current().agent?.checkedAtMs).toBe(9000);
    await store.settled();
  });

  it('needs a version before that can be used; else nothing changes', async () => {
    const store = open();
    await expect(store.rollback('agent')).rejects.toMatchObject({ kind: 'nothing-before' });
    await store.install(pattern('1'));
    await expect(store.rollback('agent')).rejects.toMatchObject({ kind: 'nothing-before' });
    await store.install(pattern('2'));
    const [oldest = ''] = await versions('agent');
    await writeFile(join(folder, 'agent', oldest, 'a.hsb'), 'x');
    const refused = await store.rollback('agent').catch((error) => error);
    expect(refused).toMatchObject({ kind: 'nothing-before', message: expect.stringContaining('its SHA-256 differs') });
    expect(eicarIn(store.current().agent)).toBe('Eicar-2');
    expect(await states(store)).toEqual(['2 in-use', `${oldest} damaged`]);
    const again = open();
    expect([await again.load(), eicarIn(again.current().agent)]).toEqual([[], 'Eicar-2']);
  });

  it('a newer version that was in use when the process died goes before the note of the rollback', async () => {
    const store = open();
    for (const version of ['1', '2']) await store.install(pattern(version));
    await store.rollback('agent');
    const note = await readFile(join(folder, 'agent/rolled-back.json'));
    await store.install(pattern('3'));
    await writeFile(join(folder, 'agent/rolled-back.json'), note);
    const again = open();
    expect([await again.load(), eicarIn(again.current().agent)]).toEqual([[], 'Eicar-3']);
    again.confirm('agent', 9000);
    expect(again.current().agent?.checkedAtMs).toBe(9000);
    await again.settled();
  });

  it('a damaged note is told, and the newest version is used', async () => {
    const store = open();
    for (const version of ['1', '2']) await store.install(pattern(version));
    await store.rollback('agent');
    await writeFile(join(folder, 'agent/rolled-back.json'), '{}');
    const again = open();
    const told = [{ component: 'agent', problem: 'rolled-back.json is damaged; version 2 is used' }];
    expect([await again.load(), eicarIn(again.current().agent)]).toEqual([told, 'Eicar-2']);
  });
});

describe('versions on disk', () => {
  it('are told with ages and sizes, also to who has not loaded them', async () => {
    const store = open();
    await store.install({ ...pattern('1'), fetchedAtMs: 500 });
    await store.install(pattern('2'));
    store.confirm('agent', 7000);
    await store.settled();
    const bytes = `${eicarSha256}:68:Eicar-1\n`.length;
    for (const each of [store, open()]) {
      expect(await each.versions('agent')).toEqual([
        { version: '2', state: 'in-use', fetchedAtMs: 1000, checkedAtMs: 7000, bytes },
        { version: '1', state: 'kept', fetchedAtMs: 500, checkedAtMs: 500, bytes },
      ]);
      expect(await each.versions('filter')).toEqual([]);
    }
  });

  it('of 0.4 are loaded: their manifests have no number, and only the filter has a pattern id', async () => {
    const signatures = `${eicarSha256}:68:Eicar-0.4\n`;
    const content = filterContent();
    const old = {
      agent: { name: 'agent-7-0123456789ab.hsb', content: Buffer.from(signatures), more: {} },
      filter: { name: 'filter.bloom', content, more: { patternId: 'sekisho' } },
    };
    for (const [component, { name, content, more }] of Object.entries(old)) {
      const files = [{ name, bytes: content.length, sha256: hash('sha256', content) }];
      const manifest = `${JSON.stringify({ version: '7-0123456789ab', ...more, fetchedAtMs: 1000, files }, null, 2)}\n`;
      const path = join(folder, component, `00000003-${hash('sha256', manifest).slice(0, 16)}`);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, name), content);
      await writeFile(join(path, 'manifest.json'), manifest);
    }
    const store = open();
    expect(await store.load()).toEqual([]);
    expect([eicarIn(store.current().agent), store.current().filter?.version]).toEqual(['Eicar-0.4', '7-0123456789ab']);
    await store.install(pattern('8'));
    expect(await store.rollback('agent')).toEqual({ from: '8', to: '7-0123456789ab' });
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
    await store.install(pattern('1'));
    await store.install(pattern('2'));
    await store.install(filter('3'));
    await damage(store);
    const again = open();
    const told = await again.load();
    expect(told).toEqual([{ component: 'agent', problem: expect.stringContaining(message) }]);
    expect(told[0]?.problem).toMatch(/^00000002-[0-9a-f]{16} cannot be used: .*; version 1 is used$/);
    expect([eicarIn(again.current().agent), again.current().filter?.version]).toEqual(['Eicar-1', '3']);

    await again.install(pattern('4'));
    expect((await versions('agent')).map((name) => name.slice(0, 8))).toEqual(['00000001', '00000003']);
  });

  it('of the only version leaves none, and the next install mends it', async () => {
    await open().install(pattern('1'));
    await truncate(await newest('a.hsb'));
    const again = open();
    expect(await again.load()).toEqual([{ component: 'agent', problem: expect.stringContaining('; nothing is left') }]);
    expect(again.current()).toEqual({});
    await again.install(pattern('1'));
    expect(await open().load()).toEqual([]);
  });

  it('a file in place of the folder is told at load, and refuses an install', async () => {
    await writeFile(join(folder, 'agent'), '');
    const store = open();
    expect(await store.load()).toEqual([
      { component: 'agent', problem: expect.stringMatching(/^cannot be read: ENOTDIR/) },
    ]);
    const install = store.install(pattern('1'));
    await expect(install).rejects.toThrow(ComponentRefused);
    await expect(install).rejects.toThrow(/cannot be stored: ENOTDIR/);
    expect(store.current()).toEqual({});
  });
});
