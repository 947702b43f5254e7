import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unpack } from '../../../src/adapters/backup/archive.ts';
import { copyDatabase, DatabaseDamaged } from '../../../src/adapters/backup/copy-database.ts';
import { gather } from '../../../src/adapters/backup/gather.ts';
import { readManifest } from '../../../src/adapters/backup/manifest.ts';
import { putInPlace } from '../../../src/adapters/backup/put-in-place.ts';
import { BackupRefused } from '../../../src/adapters/backup/refused.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = (...names: string[]) => join(folder, ...names);
const write = (text: string, ...names: string[]) => {
  mkdirSync(path(...names.slice(0, -1)), { recursive: true });
  writeFileSync(path(...names), text);
};

describe('a database', () => {
  function made(rows: number): void {
    const db = new DatabaseSync(path('x.db'));
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER, b TEXT); BEGIN');
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    for (let row = 0; row < rows; row++) insert.run(row, 'x'.repeat(1000));
    db.exec('COMMIT');
    db.close();
  }

  test('is copied as it was at one moment, though another thread writes all the time', async () => {
    made(20_000);
    const writer = new Worker(
      `const { DatabaseSync } = require('node:sqlite'); const { workerData, parentPort } = require('node:worker_threads');
       const db = new DatabaseSync(workerData); const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
       let row = 20000; const write = () => { insert.run(row++, 'y'); parentPort.postMessage(row); setImmediate(write); }; write();`,
      { eval: true, workerData: path('x.db') },
    );
    let written = 0;
    await new Promise<void>((resolve) => {
      writer.on('message', (row) => {
        written = row;
        resolve();
      });
    });
    const before = written;
    const shares: number[] = [];
    await copyDatabase(path('x.db'), path('copy.db'), (share) => shares.push(share));
    const after = written;
    await writer.terminate();
    expect(after).toBeGreaterThan(before);
    const copy = new DatabaseSync(path('copy.db'), { readOnly: true });
    const { count, last } = copy.prepare('SELECT count(*) AS count, max(a) AS last FROM t').get() as Record<
      string,
      number
    >;
    copy.close();
    expect(count).toBe(Number(last) + 1);
    expect(count).toBeLessThanOrEqual(after + 1);
    // It never began anew.
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
  });

  test('that is damaged is no backup', async () => {
    made(2000);
    const bytes = readFileSync(path('x.db'));
    bytes.fill(7, 200 * 4096, 201 * 4096);
    writeFileSync(path('x.db'), bytes);
    await expect(copyDatabase(path('x.db'), path('copy.db'), () => {})).rejects.toThrow(DatabaseDamaged);
  });
});

test('what belongs to a write that is under way is left out; what goes meanwhile is no failure', async () => {
  write('1', 'from', 'day', 'a.eml');
  for (const name of ['a.json.tmp', 'x.lock', 'y.db-wal']) write('2', 'from', name);
  await gather({ from: path('from'), to: path('to'), mayLink: true, onProgress: () => {} });
  expect(readdirSync(path('to'), { recursive: true })).toEqual(['day', join('day', 'a.eml')]);
  await gather({ from: path('nowhere'), to: path('empty'), mayLink: false, onProgress: () => {} });
  expect(readdirSync(path('empty'))).toEqual([]);
});

test('an archive that leads out of its folder puts nothing there, nor anything that is no file', async () => {
  write('x', 'in', 'a');
  await create({ file: path('out.tar'), cwd: path('in'), preservePaths: true }, [path('in', 'a')]);
  mkdirSync(path('to'));
  expect(() => unpack(path('out.tar'), path('to'))).toThrow(BackupRefused);
  expect(existsSync(path('to', 'a'))).toBe(false);
  symlinkSync('/etc', path('in', 'link'));
  await create({ file: path('link.tar'), cwd: path('in') }, ['link']);
  unpack(path('link.tar'), path('to'));
  expect(readdirSync(path('to'))).toEqual([]);
});

describe('versions', () => {
  const manifest = (version: string, format = 1) => {
    const rest = { program: 'sekisho', made: '', gateway: '', head: 0, parts: [], files: [] };
    writeFileSync(path('manifest.json'), JSON.stringify({ format, version, ...rest }));
    return readManifest(folder, '1.10.2');
  };

  test.each(['0.9.0', '1.9.9', '1.10.1', '1.10.2', '1.10.2-beta'])('%s is read', async (version) => {
    expect(await manifest(version)).toMatchObject({ version });
  });
  test.each(['1.10.3', '1.11.0', '2.0.0'])('%s is newer', async (version) => {
    await expect(manifest(version)).rejects.toThrow(/newer than this one/);
  });
  test('another format is newer', async () => {
    await expect(manifest('1.0.0', 2)).rejects.toThrow(/newer than this one/);
  });
});

describe('put in place', () => {
  test('what was there goes aside', async () => {
    write('old', 'target', 'x');
    write('new', 'staging', 'x');
    await putInPlace([{ from: path('staging'), to: path('target'), aside: path('aside') }]);
    expect([readFileSync(path('target', 'x'), 'utf8'), readFileSync(path('aside', 'x'), 'utf8')]).toEqual([
      'new',
      'old',
    ]);
  });

  test('when one cannot be placed, all are back where they were', async () => {
    write('old', 'target', 'x');
    write('new', 'staging', 'x');
    const placings = [
      { from: path('staging'), to: path('target'), aside: path('aside') },
      { from: path('missing'), to: path('other'), aside: path('other-aside') },
    ];
    await expect(putInPlace(placings)).rejects.toThrow(/ENOENT/);
    expect(readFileSync(path('target', 'x'), 'utf8')).toBe('old');
    expect(readFileSync(path('staging', 'x'), 'utf8')).toBe('new');
    expect(existsSync(path('aside'))).toBe(false);
  });
});
