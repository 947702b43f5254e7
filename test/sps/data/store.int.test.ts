import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookUp } from '../../../src/sps/data/lookup.ts';
import { openSnapshot } from '../../../src/sps/data/snapshot.ts';
import { allSources } from '../../../src/sps/data/sources.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import {
  changeStore,
  newestChange,
  openStore,
  StoreBusy,
  StoreUnusable,
  storeFile,
} from '../../../src/sps/data/store.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const eicarMd5 = '44d88612fea8a8f36de82e1278abb02f';
const clamTestFile = '71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => openStore(folder, starterSet);
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest();
/** All that a snapshot gives, as text. */
function everything(nowMs = Date.now()) {
  const snapshot = openSnapshot(folder, nowMs);
  const { change } = snapshot;
  const smart = Array.from(snapshot.smart(), ({ hash, name, source }) => `${hash.toString('hex')} ${name} ${source}`);
  const lines = (pattern: 'agent' | 'conventional') =>
    (['hdb', 'hsb'] as const).flatMap((ending) => [...snapshot.lines(pattern, ending)]);
  const found = { change, smart, agent: lines('agent'), conventional: lines('conventional') };
  snapshot.close();
  return found;
}

describe('a new store', () => {
  test('EICAR is in the agent pattern by SHA-256 and MD5; the ClamAV test file takes a query', () => {
    open().close();
    expect(everything()).toEqual({
      change: 1,
      smart: [`${eicar} Eicar-Test-Signature starter`, `${clamTestFile} Clamav.Test.File-6 starter`],
      agent: [`${eicarMd5}:68:Eicar-Test-Signature\n`, `${eicar}:68:Eicar-Test-Signature\n`],
      conventional: [
        `${eicarMd5}:68:Eicar-Test-Signature\n`,
        `${eicar}:68:Eicar-Test-Signature\n`,
        `${clamTestFile}:*:Clamav.Test.File-6:73\n`,
      ],
    });
  });

  test('may be opened for the first time by two processes at once', () => {
    const source = (name: string) => JSON.stringify(new URL(`../../../src/sps/data/${name}.ts`, import.meta.url));
    const program = `
      const { openStore, newestChange } = await import(${source('store')});
      const { starterSet } = await import(${source('starter-set')});
      console.log(newestChange(openStore(${JSON.stringify(folder)}, starterSet).database));`;
    const node = `'${process.execPath}' --input-type=module --disable-warning=ExperimentalWarning -e '${program}'`;
    expect(execFileSync('sh', ['-c', `${node} & ${node} & wait`], { encoding: 'utf8' })).toBe('1\n1\n');
    expect(everything().smart).toHaveLength(2);
  });
});

describe('a store that cannot be used', () => {
  test.each<[string, (file: string) => void, RegExp]>([
    ['damaged', (file) => writeFileSync(file, 'no database '.repeat(1000)), /not a database/],
    ['of another program', (file) => new DatabaseSync(file).exec('CREATE TABLE other (x)'), /another program/],
    ['of a newer version', (file) => new DatabaseSync(file).exec('PRAGMA user_version = 99'), /schema version is 99/],
  ])('that is %s is refused with its name', (_, spoil, reason) => {
    const target = storeFile(folder);
    if (reason.source.includes('schema')) open().close();
    spoil(target);
    expect(open).toThrow(StoreUnusable);
    expect(open).toThrow(reason);
    expect(open).toThrow(target);
  });

  test('because its folder cannot be made is refused', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openStore(join(folder, 'file', 'sub'), starterSet)).toThrow(/cannot use the store .*(ENOTDIR|EEXIST)/);
  });

  test('because another writes is busy, and is not changed', () => {
    const store = open();
    const other = new DatabaseSync(storeFile(folder));
    other.exec('BEGIN IMMEDIATE');
    store.database.exec('PRAGMA busy_timeout = 0');
    expect(() => changeStore(store, () => {})).toThrow(StoreBusy);
    other.close();
    expect(changeStore(store, () => 'done')).toBe('done');
    store.close();
  });

  test('because a file of entries is gone says which', () => {
    const store = open();
    const [file = ''] = readdirSync(store.entriesFolder);
    rmSync(join(store.entriesFolder, file));
    expect(() => openSnapshot(folder, 0)).toThrow(file);
    store.close();
  });
});

describe('a store of an earlier version', () => {
  /** As 0.4 wrote it, and before it got pieces 0.1. */
  function oldStore(version: 1 | 2): void {
    mkdirSync(folder, { recursive: true });
    const database = new DatabaseSync(storeFile(folder));
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE signatures (
        hash BLOB PRIMARY KEY, size INTEGER, name TEXT NOT NULL, since INTEGER NOT NULL, agent INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE imports (
        version INTEGER PRIMARY KEY, time TEXT NOT NULL, file TEXT NOT NULL,
        smart INTEGER NOT NULL, agent INTEGER NOT NULL, conventional INTEGER NOT NULL
      );
      PRAGMA application_id = ${0x53505331};
      PRAGMA user_version = ${version};`);
    if (version === 2)
      database.exec(`
        CREATE TABLE pieces (
          kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, agent INTEGER NOT NULL, PRIMARY KEY (kind, name)
        ) WITHOUT ROWID;
        INSERT INTO pieces VALUES ('rules', 'mine', 'rule A { condition: false }', 1);`);
    const insert = database.prepare('INSERT INTO signatures VALUES (?, ?, ?, ?, ?)');
    for (const { hash, size, name, agent } of starterSet()) insert.run(hash, size ?? null, name, 1, agent ? 1 : null);
    insert.run(digest('sha256', 'a'), null, 'Mal.A', 2, null);
    insert.run(digest('sha256', 'b'), 77, 'Mal.B', 2, 3);
    insert.run(digest('sha1', 'c'), 5, 'Mal.C', 3, null);
    database.exec(`
      INSERT INTO imports VALUES (1, '2026-01-01T00:00:00.000Z', 'starter set', 2, 2, 3), (2, '2026-02-01T00:00:00.000Z', 'a.hsb', 2, 0, 2),
        (3, '2026-03-01T00:00:00.000Z', 'b.hsb', 0, 1, 1)`);
    database.close();
  }

  test.each([1, 2] as const)(
    '%i is taken over: as source local, with all that products show, and its numbers go on',
    (version) => {
      oldStore(version);
      const store = open();
      expect(allSources(store.database).map(({ name }) => name)).toEqual(['starter', 'local']);
      const { words } = lookUp(store, digest('sha256', 'b'), 0);
      expect(words).toMatchObject([
        {
          source: { name: 'local' },
          entry: { size: 77, agent: true, since: Date.parse('2026-02-01T00:00:00Z') / 1000 },
        },
      ]);
      expect(newestChange(store.database)).toBe(4);
      store.close();
      const [a, b, c] = [digest('sha256', 'a'), digest('sha256', 'b'), digest('sha1', 'c')].map((hash) =>
        hash.toString('hex'),
      );
      const found = everything();
      expect(found.smart).toEqual(
        expect.arrayContaining([`${a} Mal.A local`, `${b} Mal.B local`, `${eicar} Eicar-Test-Signature starter`]),
      );
      expect(found.smart).toHaveLength(4);
      expect(found.agent).toContain(`${b}:77:Mal.B\n`);
      expect(found.conventional).toContain(`${c}:5:Mal.C\n`);
      expect(found.conventional).toHaveLength(6);
      const snapshot = openSnapshot(folder, Date.now());
      expect(snapshot.pieces('rules', 'agent').map(({ name }) => name)).toEqual(version === 2 ? ['mine'] : []);
      snapshot.close();
      // Once more nothing happens.
      open().close();
      expect(everything()).toEqual(found);
    },
  );
});
