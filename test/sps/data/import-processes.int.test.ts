import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { importFiles } from '../../../src/sps/data/import-files.ts';
import { addOverrides } from '../../../src/sps/data/overrides.ts';
import { openSnapshot } from '../../../src/sps/data/snapshot.ts';
import { openStore, type Store } from '../../../src/sps/data/store.ts';

const program = join(import.meta.dirname, 'import-in-process.ts');
let folder: string;
let sps: string;
let store: Store;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-processes-'));
  sps = join(folder, 'sps');
  store = openStore(sps, () => []);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  store.close();
  rmSync(folder, { recursive: true });
});

const hashOf = (text: string) => createHash('sha256').update(text).digest();

function list(name: string, count: number): string {
  const file = join(folder, `${name}.txt`);
  writeFileSync(
    file,
    Array.from({ length: count }, (_, number) => `${hashOf(`${name} ${number}`).toString('hex')}\n`).join(''),
  );
  return file;
}

function start(file: string, source: string, ...more: string[]): ChildProcess {
  const argv = ['--disable-warning=ExperimentalWarning', program, sps, file, source, ...more];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** Imports in another process, and kills it with -9 at the first such word. Returns whether it had been done before that. */
async function importAndKill(file: string, source: string, word: string): Promise<boolean> {
  const child = start(file, source);
  const exit = once(child, 'exit');
  let isDone = false;
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === word) child.kill('SIGKILL');
    if (line === 'done') isDone = true;
  }
  await exit;
  return isDone;
}

function smart(): Set<string> {
  const snapshot = openSnapshot(sps, Date.now());
  const found = new Set(Array.from(snapshot.smart(), ({ hash }) => hash.toString('hex')));
  snapshot.close();
  return found;
}

test('kill -9 in the middle of an import leaves all or nothing, and what it left on disk goes with the next one', async () => {
  addSignatures(store, 'first', [{ hash: hashOf('first'), name: 'First', agent: false }]);
  const file = list('many', 120_000);
  for (const word of ['read', 'write', 'write', 'read']) {
    const isDone = await importAndKill(file, 'local', word);
    expect(smart().size).toBe(isDone ? 120_001 : 1);
    expect(isDone).toBe(false);
  }
  expect(readdirSync(store.entriesFolder).length).toBeGreaterThan(1);
  await importFiles(store, [file], { source: 'local' });
  expect(smart().size).toBe(120_001);
  expect(readdirSync(store.entriesFolder)).toHaveLength(1);
});

test('two imports at once into one source lose nothing, and one into another is not held up', async () => {
  const names = ['a', 'b', 'c'];
  const imports = names.map((name) => start(list(name, 60_000), name === 'c' ? 'other' : 'local'));
  for (let number = 0; number < 20; number++) {
    addSignatures(store, 'one', [{ hash: hashOf(`one ${number}`), name: 'One', agent: false }]);
    expect(addOverrides(store, [hashOf(`a ${number}`)], 'test')).toBe(1);
  }
  const exits = imports.map(async (child) => child.exitCode ?? (await once(child, 'exit'))[0]);
  for (const child of imports) child.stdout?.resume();
  expect(await Promise.all(exits)).toEqual([0, 0, 0]);
  const found = smart();
  expect(found.size).toBe(3 * 60_000 + 20 - 20);
  for (let number = 0; number < 20; number++) expect(found.has(hashOf(`one ${number}`).toString('hex'))).toBe(true);
  addSignatures(store, 'last', [{ hash: hashOf('last'), name: 'Last', agent: false }]);
  expect(readdirSync(store.entriesFolder)).toHaveLength(2);
});

test('snapshots taken while imports replace a source are whole, each with one of them', async () => {
  const [a, b] = [list('a', 20_000), list('b', 20_000)];
  await importFiles(store, [a], { replace: true });
  let isEnded = false;
  const replacing = (async () => {
    for (const file of [b, a, b]) await once(start(file, 'local', 'replace'), 'exit');
    isEnded = true;
  })();
  const isOfA = new Set(Array.from({ length: 20_000 }, (_, number) => hashOf(`a ${number}`).toString('hex')));
  while (!isEnded) {
    const found = smart();
    expect(found.size).toBe(20_000);
    const ofA = [...found].filter((hash) => isOfA.has(hash)).length;
    expect([0, 20_000]).toContain(ofA);
    await setImmediate();
  }
  await replacing;
});

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;
const title = 'a full disk ends the import, and what was there stays';
test.skipIf(!canMount)(canMount ? title : `${title} (skipped: needs unshare and tmpfs)`, () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  const script = `mount -t tmpfs -o size=4m none "$1" && "$2" "$3" "$1" "$4" local; "$2" "$3" "$1" "$5" local >&2`;
  const args = [
    '-rm',
    'sh',
    '-c',
    script,
    'sh',
    small,
    process.execPath,
    program,
    list('many', 120_000),
    list('few', 10),
  ];
  const run = spawnSync('unshare', args, { encoding: 'utf8' });
  expect(run.stdout).toContain('read');
  expect(run.stdout).not.toContain('done');
  expect(run.stderr).toContain('ENOSPC');
  // With what the first one left gone, there is room for the second one.
  expect(run.stderr).toMatch(/done\n$/);
});
