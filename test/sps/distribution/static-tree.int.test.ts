import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { writeStaticTree } from '../../../src/sps/distribution/static-tree.ts';
import { loadSigningKeys } from '../../../src/sps/identity/signing-keys.ts';
import { publish } from '../../../src/sps/products/publish.ts';
import {
  type ComponentManifest,
  envelopePath,
  packagedComponents,
  packageFilePath,
} from '../../../src/sps/protocol/component-package.ts';

let folder: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'static-'));
  to = join(folder, 'www', 'sekisho');
});
afterEach(() => rmSync(folder, { recursive: true }));

const hashOf = (n: number) => createHash('sha256').update(`malware ${n}`).digest();
async function write(count: number): Promise<void> {
  const store = openStore(folder, starterSet);
  addSignatures(
    store,
    'test',
    Array.from({ length: count }, (_, n) => ({ hash: hashOf(n), name: `Mal.${n}`, agent: true })),
  );
  store.close();
  const step = await publish({ folder, patternId: 'test', falsePositiveRate: 0.001, waitMs: 0 });
  if (step === undefined) throw new Error('busy');
  await writeStaticTree(step.now, to, { folder, keys: await loadSigningKeys(folder), minWaitSeconds: 60 });
}
function manifestOf(component: (typeof packagedComponents)[number]): ComponentManifest {
  const { payload } = JSON.parse(readFileSync(join(to, envelopePath(component)), 'utf8'));
  return JSON.parse(Buffer.from(payload, 'base64').toString());
}
function wanted() {
  return packagedComponents.flatMap((component) => {
    const { files, deltas } = manifestOf(component);
    return [...files, ...deltas].map((file) => ({ ...file, path: join(to, packageFilePath(component, file.sha256)) }));
  });
}

test('every file that a manifest names is there, readable by the web server; versions follow one another', async () => {
  await write(2000);
  const before = wanted();
  await write(2010);
  expect(manifestOf('filter').deltas).toHaveLength(1);
  for (const { path, sha256, size } of wanted()) {
    const content = readFileSync(path);
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([size, sha256]);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  }
  // Whoever has the manifest from before still gets what it names.
  for (const { path, size } of before) expect(statSync(path).size).toBe(size);
  expect(readFilter(readFileSync(join(to, 'v1/filter'))).has(hashOf(2009).toString('hex'))).toBe(true);
});

test('what no version names any more goes; what is not ours stays', async () => {
  await write(1);
  const inFiles = (name: string) => join(to, packageFilePath('agent', name));
  for (const name of ['0'.repeat(64), `${'1'.repeat(64)}.new`, 'robots.txt']) writeFileSync(inFiles(name), '');
  await write(2);
  const { files, deltas } = manifestOf('agent');
  const names = readdirSync(inFiles(''));
  expect(names).toEqual(expect.arrayContaining([...files, ...deltas].map(({ sha256 }) => sha256)));
  expect(names.filter((name) => name.startsWith('000') || name.endsWith('.new'))).toEqual([]);
  expect(names).toContain('robots.txt');
});

test('an interrupted writing is made good by the next', async () => {
  await write(5);
  const [file] = manifestOf('filter').files;
  const path = join(to, packageFilePath('filter', file?.sha256 ?? ''));
  writeFileSync(path, 'cut');
  writeFileSync(`${path}.new`, 'cut');
  await write(5);
  expect(statSync(path).size).toBe(file?.size);
  expect(readdirSync(join(path, '..')).filter((name) => name.endsWith('.new'))).toEqual([]);
});
