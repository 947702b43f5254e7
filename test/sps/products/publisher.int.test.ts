import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { openStore, type Store } from '../../../src/sps/data/store.ts';
import { type Publication, productsFolder } from '../../../src/sps/products/products.ts';
import { type Publisher, startPublisher } from '../../../src/sps/products/publisher.ts';

const clamTestFile = '71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495';
const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
let folder: string;
let store: Store;
let publisher: Publisher | undefined;
let published: Publication[];
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-publisher-'));
  store = openStore(folder, starterSet);
  published = [];
  problems = [];
});
afterEach(async () => {
  await publisher?.close();
  publisher = undefined;
  store.close();
  rmSync(folder, { recursive: true });
});

async function start(falsePositiveRate = 0.001): Promise<Publisher> {
  publisher = await startPublisher({
    store,
    folder,
    patternId: 'test',
    falsePositiveRate,
    pollMs: 20,
    onPublished: (publication) => published.push(publication),
    onProblem: (problem) => problems.push(problem),
  });
  return publisher;
}
async function restart(falsePositiveRate = 0.001): Promise<Publication> {
  await publisher?.close();
  return (await start(falsePositiveRate)).current();
}
const hashOf = (n: number) => createHash('sha256').update(`malware ${n}`).digest();
const add = (count: number, agent = false) =>
  addSignatures(
    store,
    'test',
    Array.from({ length: count }, (_, n) => ({ hash: hashOf(n), name: `Mal.${n}`, agent })),
  );
const contentOf = ({ directory }: Publication, { files }: Publication['filter']) =>
  files.map(({ name }) => readFileSync(join(directory, name)));
const textOf = (publication: Publication, name: 'agent' | 'conventional') =>
  Buffer.concat(contentOf(publication, publication[name])).toString();

test('the starter set: what each product holds', async () => {
  const current = (await start()).current();
  expect(textOf(current, 'agent')).toContain(`${eicar}:68:Eicar-Test-Signature\n`);
  expect(textOf(current, 'agent')).toContain('44d88612fea8a8f36de82e1278abb02f:68:');
  expect(textOf(current, 'agent')).not.toContain(clamTestFile);
  expect(textOf(current, 'conventional')).toContain(`${clamTestFile}:*:Clamav.Test.File-6:73\n`);
  expect(textOf(current, 'conventional')).toContain(eicar);
  expect(current.conventional.files.map(({ name }) => name.replace(/^.*\./, ''))).toEqual(['hdb', 'hsb']);
  const [filter = Buffer.alloc(0)] = contentOf(current, current.filter);
  expect([eicar, clamTestFile].every((key) => readFilter(filter).has(key))).toBe(true);
});

test('after an import every hash is in the filter: none is missed', async () => {
  await start();
  add(5000);
  await expect.poll(() => published.length).toBe(2);
  const current = published[1] as Publication;
  const [content = Buffer.alloc(0)] = contentOf(current, current.filter);
  const filter = readFilter(content);
  expect(Array.from({ length: 5000 }, (_, n) => hashOf(n).toString('hex')).filter((key) => !filter.has(key))).toEqual(
    [],
  );
  const others = Array.from({ length: 5000 }, (_, n) => hashOf(-1 - n).toString('hex'));
  expect(others.filter((key) => filter.has(key)).length).toBeLessThan(50);
});

test('a product changes its version only when its content changes', async () => {
  const first = (await start()).current();
  add(1);
  await expect.poll(() => published.length).toBe(2);
  const second = published[1] as Publication;
  expect(second.agent.version).toBe(first.agent.version);
  expect(second.filter.version).not.toBe(first.filter.version);
  expect(second.conventional.version).not.toBe(first.conventional.version);
  add(1, true);
  await expect.poll(() => published.length).toBe(3);
  const third = published[2] as Publication;
  expect(third.agent.version).not.toBe(second.agent.version);
  expect(third.filter.version).toBe(second.filter.version);
  expect(third.conventional.version).toBe(second.conventional.version);
});

test('files of the version before stay, older ones go', async () => {
  const { file } = await start();
  const nameOf = (publication: Publication | undefined) => publication?.conventional.files[1]?.name ?? 'none';
  add(1);
  await expect.poll(() => published.length).toBe(2);
  expect(file('conventional', nameOf(published[0]))).toBeDefined();
  expect(file('conventional', nameOf(published[1]))).toBeDefined();
  expect(file('agent', nameOf(published[1]))).toBeUndefined();
  expect(file('conventional', '../signatures.db')).toBeUndefined();
  add(2);
  await expect.poll(() => published.length).toBe(3);
  expect(file('conventional', nameOf(published[0]))).toBeUndefined();
  await expect.poll(() => readdirSync(productsFolder(folder)).length).toBe(2);
});

test('a restart serves the same version from disk; other settings or an import build a new one', async () => {
  const first = (await start()).current();
  expect(await restart()).toEqual(first);
  const finer = await restart(0.00001);
  expect(finer.filter.version).not.toBe(first.filter.version);
  await publisher?.close();
  add(1);
  expect((await restart(0.00001)).importVersion).toBe(2);
});

test.each<[string, (publication: Publication) => void]>([
  ['a changed filter', (one) => writeFileSync(join(one.directory, one.filter.files[0]?.name ?? ''), 'rubbish')],
  ['a missing pattern file', (one) => rmSync(join(one.directory, one.agent.files[0]?.name ?? ''))],
  ['a damaged published.json', () => writeFileSync(join(folder, 'published.json'), '{"importVersion":1')],
  ['a missing folder', () => rmSync(productsFolder(folder), { recursive: true })],
])('%s is noticed at the start and built again', async (_, spoil) => {
  const first = (await start()).current();
  const before = contentOf(first, first.filter);
  await publisher?.close();
  spoil(first);
  const again = await restart();
  expect(again.filter.version).toBe(first.filter.version);
  expect(contentOf(again, again.filter)).toEqual(before);
});

test('a build that fails is told, and the old version is served on', async () => {
  const first = (await start()).current();
  store.database.exec('ALTER TABLE signatures RENAME COLUMN name TO other');
  store.database.exec("INSERT INTO imports VALUES (2, 'now', 'x', 0, 0, 1)");
  await expect.poll(() => problems).toEqual([expect.stringContaining('cannot publish a new version: no such column')]);
  expect(publisher?.current()).toBe(first);
});
