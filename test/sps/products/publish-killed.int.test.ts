import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { allFilesOf, productsFolder, readPublication } from '../../../src/sps/products/publication.ts';
import { publish } from '../../../src/sps/products/publish.ts';
import { verifyPublication } from '../../../src/sps/products/verify.ts';
import { root } from '../../support/source-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'publish-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sps = () => join(folder, 'sps');
function add(round: number): void {
  const store = openStore(sps(), starterSet);
  const hashes = Array.from({ length: 500 }, (_, n) => createHash('sha256').update(`${round} ${n}`).digest());
  addSignatures(
    store,
    'test',
    hashes.map((hash) => ({ hash, name: 'Mal', agent: false })),
  );
  store.close();
}

/** Runs `sps publish` and kills it at the n-th change among the files; whether it was killed. */
async function publishKilledAt(changes: number): Promise<boolean> {
  const env = { ...process.env, SEKISHO_STATE_FOLDER: folder, SEKISHO_SPS_FOLDER: sps() };
  const program = spawn(join(root, 'bin/sekisho'), ['sps', 'publish'], { env, stdio: 'ignore', detached: true });
  let seen = 0;
  const watchers = [productsFolder(sps()), sps()].map((path) =>
    watch(path, () => {
      if (++seen === changes && program.pid !== undefined) process.kill(-program.pid, 'SIGKILL');
    }),
  );
  const [code] = await once(program, 'exit');
  for (const watcher of watchers) watcher.close();
  return code === null;
}

test('kill -9 at any step: what counts is whole, and the next publication works', async () => {
  mkdirSync(productsFolder(sps()), { recursive: true });
  const options = { folder: sps(), patternId: 'sekisho', falsePositiveRate: 0.0001, waitMs: 10_000 };
  add(0);
  await publish(options);
  let killed = 0;
  for (let round = 1; round <= 8; round++) {
    add(round);
    if (await publishKilledAt(4 * round)) killed++;
    const found = readPublication(sps());
    if (found === undefined) throw new Error('nothing is published');
    await verifyPublication(sps(), found);
  }
  expect(killed).toBeGreaterThan(4);
  const step = await publish(options);
  expect(step?.now.components.smart.entries).toBe(9 * 500 + 2);
  if (step) await verifyPublication(sps(), step.now);
  expect(readdirSync(productsFolder(sps())).sort()).toEqual([...allFilesOf(step?.now ?? expect.fail())].sort());
}, 120_000);
