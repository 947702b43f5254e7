import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Batch, openBatch } from '../../../src/sps/data/import-batch.ts';
import { lookUp } from '../../../src/sps/data/lookup.ts';
import { addOverrides, currentOverrides, removeOverrides } from '../../../src/sps/data/overrides.ts';
import { openSnapshot } from '../../../src/sps/data/snapshot.ts';
import { allSources, removeSource, SourceRefused, setSource } from '../../../src/sps/data/sources.ts';
import { newestChange, openStore, type Store } from '../../../src/sps/data/store.ts';

const dayMs = 86_400_000;
let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-snapshot-'));
  store = openStore(folder, () => []);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A hash of one byte again and again: of SHA-256 unless it is said. */
const hashOf = (byte: number, bytes = 32) => Buffer.alloc(bytes, byte);

function bring(work: (batch: Batch) => void): void {
  const batch = openBatch(store);
  try {
    work(batch);
    batch.commit('test');
  } finally {
    batch.close();
  }
}

interface Source {
  kind?: 'malware' | 'allow';
  priority?: number;
  expiresDays?: number;
  replace?: boolean;
  onlySmart?: boolean;
  agent?: boolean;
}

/** Imports these bytes' hashes into a source. */
function say(name: string, bytes: readonly number[], source: Source = {}): void {
  const { kind = 'malware', replace = false, agent = false, ...setting } = source;
  bring((batch) => {
    const target = batch.into({ name, kind, setting, replace });
    for (const byte of bytes) target.add({ hash: hashOf(byte), name: `${name}.${byte}`, agent });
  });
}

function smart(nowMs = Date.now()): string[] {
  const snapshot = openSnapshot(folder, nowMs);
  const found = Array.from(snapshot.smart(), ({ hash, name, source }) => `${hash[0]} ${name} ${source}`);
  expect(snapshot.smartMax).toBeGreaterThanOrEqual(found.length);
  snapshot.close();
  return found;
}

const now = () => Math.floor(Date.now() / 1000);

describe('whose word counts', () => {
  test('that of the source with the highest priority, of equal ones that of the older', () => {
    say('old', [1, 2, 3]);
    say('new', [2, 3, 4]);
    say('best', [3, 5], { priority: 60 });
    expect(smart()).toEqual(['1 old.1 old', '2 old.2 old', '3 best.3 best', '4 new.4 new', '5 best.5 best']);
    setSource(store, 'new', { priority: 70 });
    expect(smart()).toEqual(['1 old.1 old', '2 new.2 new', '3 new.3 new', '4 new.4 new', '5 best.5 best']);
  });

  test('known good leaves malware out, unless a source of higher priority says malware', () => {
    say('bad', [1, 2, 3]);
    say('good', [2, 3], { kind: 'allow' });
    say('sure', [3], { priority: 101 });
    expect(smart()).toEqual(['1 bad.1 bad', '3 sure.3 sure']);
    expect(lookUp(store, hashOf(2), now())).toMatchObject({
      verdict: 'allowed',
      words: [
        { source: { name: 'good' }, standing: 'counts' },
        { source: { name: 'bad' }, standing: 'outvoted' },
      ],
    });
    setSource(store, 'good', { priority: 50 });
    expect(smart()).toEqual(['1 bad.1 bad', '3 sure.3 sure']);
    setSource(store, 'good', { priority: 49 });
    expect(smart()).toEqual(['1 bad.1 bad', '2 bad.2 bad', '3 sure.3 sure']);
  });

  test('none that is expired; until the next one is, a snapshot stays right', () => {
    say('short', [1, 2], { expiresDays: 10, priority: 90 });
    say('long', [2, 3], { expiresDays: 20 });
    const at = (days: number) => Date.now() + days * dayMs;
    expect(smart(at(9))).toEqual(['1 short.1 short', '2 short.2 short', '3 long.3 long']);
    expect(smart(at(11))).toEqual(['2 long.2 long', '3 long.3 long']);
    expect(smart(at(21))).toEqual([]);
    const untils = [9, 11, 21].map((days) => {
      const snapshot = openSnapshot(folder, at(days));
      snapshot.close();
      return (snapshot.validUntilMs - Date.now()) / dayMs;
    });
    expect(untils).toEqual([expect.closeTo(10, 2), expect.closeTo(20, 2), Number.POSITIVE_INFINITY]);
    expect(lookUp(store, hashOf(2), at(11) / 1000).words.map(({ standing }) => standing)).toEqual([
      'counts',
      'expired',
    ]);
    setSource(store, 'short', { expiresDays: null });
    expect(smart(at(21))).toEqual(['1 short.1 short', '2 short.2 short']);
  });

  test('in the agent pattern is what any source puts there', () => {
    say('plain', [1, 2, 3], { priority: 60 });
    say('urgent', [2], { agent: true });
    say('good', [3], { kind: 'allow' });
    const snapshot = openSnapshot(folder, Date.now());
    expect([...snapshot.lines('agent', 'hsb')]).toEqual([`${hashOf(2).toString('hex')}:*:plain.2:73\n`]);
    expect([...snapshot.lines('conventional', 'hsb')]).toHaveLength(2);
    snapshot.close();
  });
});

describe('a source for queries only', () => {
  const lines = (pattern: 'agent' | 'conventional') => {
    const snapshot = openSnapshot(folder, Date.now());
    const found = [...snapshot.lines(pattern, 'hdb'), ...snapshot.lines(pattern, 'hsb')];
    snapshot.close();
    return found.map((line) => Buffer.from(line.slice(0, 2), 'hex')[0]);
  };

  test('has its SHA-256 in the conventional pattern only where another source has it, or urgency', () => {
    say('many', [1, 2, 3, 4], { onlySmart: true, priority: 80 });
    say('other', [2]);
    say('urgent', [3], { onlySmart: true, agent: true });
    bring((batch) => {
      const target = batch.into({ name: 'many', kind: 'malware', setting: {}, replace: false });
      target.add({ hash: hashOf(5, 16), name: 'Md5', agent: false });
    });
    expect(smart()).toHaveLength(4);
    expect(lines('conventional')).toEqual([5, 2, 3]);
    expect(lines('agent')).toEqual([3]);
    setSource(store, 'many', { onlySmart: false });
    expect(lines('conventional')).toEqual([5, 1, 2, 3, 4]);
  });
});

describe('an override', () => {
  test('counts within a tenth of a second for who asks, and in the next snapshot; its end, too', () => {
    say('bad', [1, 2]);
    let clock = 0;
    const overrides = currentOverrides(store, () => (clock += 100));
    const isOverridden = (hash: Buffer) => overrides().has(hash.toString('hex'));
    const change = newestChange(store.database);
    expect(isOverridden(hashOf(1))).toBe(false);
    const elsewhere = openStore(folder, () => []);
    expect(addOverrides(elsewhere, [hashOf(1), hashOf(1, 16)], 'ours')).toBe(2);
    expect(addOverrides(elsewhere, [hashOf(1)], 'again')).toBe(0);
    expect(isOverridden(hashOf(1))).toBe(true);
    expect(smart()).toEqual(['2 bad.2 bad']);
    expect(lookUp(store, hashOf(1), now())).toMatchObject({ verdict: 'overridden', override: { reason: 'ours' } });
    expect(newestChange(store.database)).toBe(change + 1);
    expect(removeOverrides(elsewhere, [hashOf(1), hashOf(9)])).toBe(1);
    elsewhere.close();
    expect(isOverridden(hashOf(1))).toBe(false);
    expect(smart()).toEqual(['1 bad.1 bad', '2 bad.2 bad']);
  });

  test('leaves MD5 and SHA-1 out of the local patterns', () => {
    bring((batch) => {
      const target = batch.into({ name: 'bad', kind: 'malware', setting: {}, replace: false });
      for (const bytes of [16, 20, 32])
        for (const byte of [1, 2]) target.add({ hash: hashOf(byte, bytes), name: 'Bad', agent: true });
    });
    addOverrides(
      store,
      [16, 20, 32].map((bytes) => hashOf(1, bytes)),
      'ours',
    );
    const snapshot = openSnapshot(folder, Date.now());
    for (const pattern of ['agent', 'conventional'] as const)
      expect([...snapshot.lines(pattern, 'hdb'), ...snapshot.lines(pattern, 'hsb')]).toEqual(
        [16, 20, 32].map((bytes) => `${hashOf(2, bytes).toString('hex')}:*:Bad:73\n`),
      );
    snapshot.close();
  });
});

describe('a source', () => {
  test('said again keeps its first time, takes the new name, and stays in the agent pattern', () => {
    say('a', [1], { agent: true });
    const first = lookUp(store, hashOf(1), now()).words[0]?.entry;
    bring((batch) => {
      const target = batch.into({ name: 'a', kind: 'malware', setting: {}, replace: false });
      target.add({ hash: hashOf(1), name: 'New', size: 5, agent: false });
    });
    expect(lookUp(store, hashOf(1), now()).words[0]?.entry).toMatchObject({
      name: 'New',
      size: 5,
      agent: true,
      since: first?.since,
    });
  });

  test('that says all anew loses what it does not say', () => {
    say('a', [1, 2, 3]);
    say('b', [1, 9]);
    say('a', [2, 4], { replace: true });
    expect(smart()).toEqual(['1 b.1 b', '2 a.2 a', '4 a.4 a', '9 b.9 b']);
  });

  test('that is removed says nothing more, and leaves no file', () => {
    say('a', [1]);
    say('b', [2]);
    removeSource(store, 'a');
    expect(smart()).toEqual(['2 b.2 b']);
    expect(allSources(store.database).map(({ name }) => name)).toEqual(['starter', 'b']);
    expect(() => removeSource(store, 'a')).toThrow(SourceRefused);
  });

  test('is malware or known good, never both; that of this program stays as it is', () => {
    say('a', [1]);
    expect(() => say('a', [2], { kind: 'allow' })).toThrow('source a says what is malware');
    for (const change of [
      () => say('starter', [1]),
      () => removeSource(store, 'starter'),
      () => setSource(store, 'starter', { priority: 1 }),
    ])
      expect(change).toThrow(SourceRefused);
    expect(() => setSource(store, 'none', { priority: 1 })).toThrow('there is no source none');
    expect(smart()).toEqual(['1 a.1 a']);
  });
});

test('a snapshot stays what it was while everything becomes another', () => {
  say('a', [1, 2]);
  const snapshot = openSnapshot(folder, Date.now());
  say('a', [3], { replace: true });
  addOverrides(store, [hashOf(2)], 'x');
  removeSource(store, 'a');
  expect(Array.from(snapshot.smart(), ({ hash }) => hash[0])).toEqual([1, 2]);
  expect(snapshot.change).toBe(2);
  snapshot.close();
  expect(smart()).toEqual([]);
});

test('random sources: snapshot and look-up say what simple arithmetic says', () => {
  type Said = { source: string; priority: number; allow: boolean; order: number };
  for (let round = 0; round < 15; round++) {
    const said = new Map<number, Said[]>();
    const overridden = Array.from({ length: 8 }, () => randomInt(250));
    for (let order = 0; order < 6; order++) {
      const [source, priority, allow] = [`s${round}-${order}`, randomInt(3), randomInt(4) === 0];
      const bytes = Array.from({ length: randomInt(1, 120) }, () => randomInt(250));
      say(source, bytes, { priority, kind: allow ? 'allow' : 'malware' });
      for (const byte of new Set(bytes))
        said.set(byte, [...(said.get(byte) ?? []), { source, priority, allow, order }]);
    }
    addOverrides(
      store,
      overridden.map((byte) => hashOf(byte)),
      'test',
    );
    const expected = [...said]
      .sort(([a], [b]) => a - b)
      .flatMap(([byte, words]) => {
        const [best] = words.toSorted(
          (a, b) => b.priority - a.priority || Number(b.allow) - Number(a.allow) || a.order - b.order,
        );
        const isLeftOut = best === undefined || best.allow || overridden.includes(byte);
        return isLeftOut ? [] : [`${byte} ${best.source}.${byte} ${best.source}`];
      });
    expect(smart()).toEqual(expected);
    for (let byte = 0; byte < 250; byte++) {
      const { verdict, words } = lookUp(store, hashOf(byte), now());
      const line = expected.find((one) => one.startsWith(`${byte} `));
      expect(verdict === 'malicious' ? words[0]?.source.name : undefined).toBe(line?.split(' ')[2]);
    }
    for (const { name } of allSources(store.database)) if (name !== 'starter') removeSource(store, name);
    removeOverrides(
      store,
      overridden.map((byte) => hashOf(byte)),
    );
  }
});
