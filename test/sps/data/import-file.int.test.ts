import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImportRefused, importFile } from '../../../src/sps/data/import-file.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import {
  addSignatures,
  newestImport,
  openStore,
  type Store,
  StoreBusy,
  StoreUnusable,
  storeFile,
} from '../../../src/sps/data/store.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-import-'));
  store = openStore(folder, starterSet);
});
afterEach(() => {
  if (store.database.isOpen) store.close();
  rmSync(folder, { recursive: true });
});

const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const rowOf = (hash: string) => {
  const row = store.database.prepare('SELECT * FROM signatures WHERE hash = ?').get(Buffer.from(hash, 'hex'));
  return row && { size: row.size, name: row.name, since: row.since, agent: row.agent };
};

describe('the starter set', () => {
  test('EICAR is in the agent pattern by SHA-256 and MD5; the ClamAV test file takes a query', () => {
    expect(rowOf('275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f')).toMatchObject({
      agent: 1,
      size: 68,
    });
    expect(rowOf('44d88612fea8a8f36de82e1278abb02f')).toMatchObject({ agent: 1 });
    expect(rowOf('71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495')).toMatchObject({ agent: null });
  });
});

describe('an import', () => {
  test('brings SHA-256 into the smart scan pattern, the rest into the local ones only, and counts each', () => {
    const file = write('all.hsb', `${sha256('a')}:*:A:73\n${'1'.repeat(40)}:5:B\n${'2'.repeat(32)}:6:C\n`);
    expect(importFile(store, file, { agent: false })).toEqual({
      read: { sha256: 1, sha1: 1, md5: 1 },
      added: { smart: 1, agent: 0, conventional: 3 },
      badLines: 0,
    });
    expect(rowOf(sha256('a'))).toEqual({ size: null, name: 'A', since: 2, agent: null });
    expect(newestImport(store.database)).toBe(2);
  });

  test('of .txt takes names after white space and leaves comments out', () => {
    const file = write('list.txt', `# mine\n${sha256('a')} Mal.A\n\n${sha256('b')}\n`);
    expect(importFile(store, file, { agent: true }).added).toEqual({ smart: 2, agent: 2, conventional: 2 });
    expect(rowOf(sha256('a'))).toMatchObject({ name: 'Mal.A', agent: 2 });
    expect(rowOf(sha256('b'))).toMatchObject({ name: `Imported.${sha256('b').slice(0, 16)}` });
  });

  test('tells bad lines by number and reason, and takes the rest', () => {
    const told: string[] = [];
    const file = write('mixed.hsb', `nonsense\n${sha256('a')}:*:A\n${'x'.repeat(5000)}\n${sha256('b')}:x:B\n`);
    const report = importFile(store, file, {
      agent: false,
      onBadLine: (line, reason) => told.push(`${line}: ${reason}`),
    });
    expect(report).toMatchObject({ badLines: 3, added: { conventional: 1 } });
    expect(told).toEqual([
      '1: expected hash:size:name',
      '3: longer than 4096 bytes',
      '4: size must be * or a number of bytes',
    ]);
  });

  test('of what is known makes no new version, and into the agent pattern only that one', () => {
    const file = write('one.hsb', `${sha256('a')}:*:A\n`);
    importFile(store, file, { agent: false });
    const none = { smart: 0, agent: 0, conventional: 0 };
    expect(importFile(store, file, { agent: false }).added).toEqual(none);
    expect(newestImport(store.database)).toBe(2);
    expect(importFile(store, write('one.hsb', `${sha256('a')}:*:Other\n`), { agent: true }).added).toEqual({
      ...none,
      agent: 1,
    });
    expect(rowOf(sha256('a'))).toEqual({ size: null, name: 'A', since: 2, agent: 3 });
  });

  test.each([
    ['empty.hsb', '', /no valid signature\. Nothing/],
    ['comments.txt', '# nothing\n', /no valid signature\. Nothing/],
    ['bad.hsb', 'x\ny\n', /no valid signature; 2 bad lines\. Nothing/],
    ['list.csv', sha256('a'), /must end in \.hsb, \.hdb or \.txt/],
  ])('of %s is refused and changes nothing', (name, content, reason) => {
    const file = write(name, content);
    expect(() => importFile(store, file, { agent: false })).toThrow(ImportRefused);
    expect(() => importFile(store, file, { agent: false })).toThrow(reason);
    expect(newestImport(store.database)).toBe(1);
  });

  test('of a file that is not there, or a folder, is refused', () => {
    expect(() => importFile(store, join(folder, 'none.hsb'), { agent: false })).toThrow(
      /cannot read .*none\.hsb.*ENOENT/,
    );
    mkdirSync(join(folder, 'folder.hsb'));
    expect(() => importFile(store, join(folder, 'folder.hsb'), { agent: false })).toThrow(/is a folder/);
  });

  test('tells its progress on long files', () => {
    const told: number[] = [];
    const line = `${sha256('same')}:*:A\n`;
    const file = write('long.hsb', line.repeat(250_000));
    importFile(store, file, {
      agent: false,
      onProgress: (lines, read, total) => told.push(lines, read <= total ? 1 : 0),
    });
    expect(told).toEqual([100_000, 1, 200_000, 1]);
  });

  test('that breaks off leaves nothing behind', () => {
    function* broken() {
      yield { hash: Buffer.from(sha256('a'), 'hex'), name: 'A', agent: false };
      throw new Error('disk gone');
    }
    expect(() => addSignatures(store, 'x', broken())).toThrow('disk gone');
    expect(rowOf(sha256('a'))).toBeUndefined();
    expect(newestImport(store.database)).toBe(1);
  });

  test('while another runs is refused as busy', () => {
    const other = new DatabaseSync(storeFile(folder));
    other.exec('BEGIN IMMEDIATE');
    store.database.exec('PRAGMA busy_timeout = 0');
    const file = write('one.hsb', `${sha256('a')}:*:A\n`);
    expect(() => importFile(store, file, { agent: false })).toThrow(StoreBusy);
    other.close();
    expect(importFile(store, file, { agent: false }).added.smart).toBe(1);
  });
});

describe('a store', () => {
  test.each<[string, (file: string) => void, RegExp]>([
    ['damaged', (file) => writeFileSync(file, 'no database '.repeat(1000)), /not a database/],
    ['of another program', (file) => new DatabaseSync(file).exec('CREATE TABLE other (x)'), /another program/],
    ['of a newer version', (file) => new DatabaseSync(file).exec('PRAGMA user_version = 99'), /schema version is 99/],
  ])('that is %s is refused with its name', (_, spoil, reason) => {
    store.close();
    const target = storeFile(folder);
    if (!reason.source.includes('schema')) {
      for (const end of ['', '-wal', '-shm']) rmSync(target + end, { force: true });
    }
    spoil(target);
    const open = () => openStore(folder, starterSet);
    expect(open).toThrow(StoreUnusable);
    expect(open).toThrow(reason);
    expect(open).toThrow(target);
  });

  test('whose folder cannot be made is refused', () => {
    expect(() => openStore(join(write('file', ''), 'sub'), starterSet)).toThrow(
      /cannot use the store .*(ENOTDIR|EEXIST)/,
    );
  });

  test('may be opened for the first time by two processes at once', () => {
    const fresh = join(folder, 'fresh');
    const program = `
      const { openStore, newestImport } = await import(${JSON.stringify(new URL('../../../src/sps/data/store.ts', import.meta.url))});
      const { starterSet } = await import(${JSON.stringify(new URL('../../../src/sps/data/starter-set.ts', import.meta.url))});
      console.log(newestImport(openStore(${JSON.stringify(fresh)}, starterSet).database));`;
    const node = `'${process.execPath}' --input-type=module --disable-warning=ExperimentalWarning -e '${program}'`;
    expect(execFileSync('sh', ['-c', `${node} & ${node} & wait`], { encoding: 'utf8' })).toBe('1\n1\n');
  });
});
