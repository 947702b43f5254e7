import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore, type Store } from '../../../src/sps/data/store.ts';
import { rotateSigningKeys } from '../../../src/sps/identity/signing-keys.ts';
import { buildPublication } from '../../../src/sps/products/build.ts';
import {
  allFilesOf,
  type Product,
  type Publication,
  productPath,
  productsFolder,
  writePublication,
} from '../../../src/sps/products/publication.ts';
import { publish } from '../../../src/sps/products/publish.ts';
import { type Publisher, startPublisher } from '../../../src/sps/products/publisher.ts';
import { applyDelta } from '../../../src/sps/protocol/delta/apply.ts';

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

const options = (falsePositiveRate = 0.001) => ({ folder, patternId: 'test', falsePositiveRate });
async function start(falsePositiveRate?: number, isAutomatic = true): Promise<Publication> {
  publisher = await startPublisher({
    ...options(falsePositiveRate),
    ...{ store, pollMs: 20, minWaitSeconds: 30, isAutomatic },
    onPublished: (publication) => published.push(publication),
    onProblem: (problem) => problems.push(problem),
  });
  return newest();
}
function newest(): Publication {
  const last = published.at(-1);
  if (last === undefined) throw new Error('nothing was published');
  return last;
}
async function restart(falsePositiveRate?: number): Promise<Publication> {
  await publisher?.close();
  return start(falsePositiveRate);
}
/** Imports, and waits for the publication. */
async function next(work: () => void): Promise<Publication> {
  const before = published.length;
  work();
  await expect.poll(() => published.length).toBe(before + 1);
  return newest();
}
const hashOf = (n: number) => createHash('sha256').update(`malware ${n}`).digest();
const add = (count: number, agent = false) =>
  addSignatures(
    store,
    'test',
    Array.from({ length: count }, (_, n) => ({ hash: hashOf(n), name: `Mal.${n}`, agent })),
  );
const contentOf = ({ files }: Product) => files.map(({ sha256 }) => readFileSync(productPath(folder, sha256)));
const textOf = ({ components }: Publication, name: 'agent' | 'conventional') =>
  Buffer.concat(contentOf(components[name])).toString();
const filterOf = ({ components }: Publication) => readFilter(contentOf(components.filter)[0] ?? Buffer.alloc(0));
const versionsOf = ({ components }: Publication) => Object.values(components).map(({ version }) => version);

test('the starter set: what each product holds', async () => {
  const current = await start();
  expect(textOf(current, 'agent')).toContain(`${eicar}:68:Eicar-Test-Signature\n`);
  expect(textOf(current, 'agent')).toContain('44d88612fea8a8f36de82e1278abb02f:68:');
  expect(textOf(current, 'agent')).not.toContain(clamTestFile);
  expect(textOf(current, 'conventional')).toContain(`${clamTestFile}:*:Clamav.Test.File-6:73\n`);
  expect(textOf(current, 'conventional')).toContain(eicar);
  expect(current.components.conventional.files.map(({ name }) => name)).toEqual([
    'conventional.hdb',
    'conventional.hsb',
  ]);
  const smart = publisher?.current().smart;
  expect([eicar, clamTestFile].every((key) => filterOf(current).has(key) && smart?.find(key) !== undefined)).toBe(true);
  expect(current.sources).toEqual([{ name: 'starter', entries: smart?.entries }]);
});

test('after an import every hash is in the filter: none is missed', async () => {
  await start();
  const current = await next(() => add(5000));
  const filter = filterOf(current);
  const keys = Array.from({ length: 5000 }, (_, n) => hashOf(n).toString('hex'));
  expect(keys.filter((key) => !filter.has(key))).toEqual([]);
  expect(keys.filter((key) => publisher?.current().smart.find(key) === undefined)).toEqual([]);
  const others = Array.from({ length: 5000 }, (_, n) => hashOf(-1 - n).toString('hex'));
  expect(others.filter((key) => filter.has(key)).length).toBeLessThan(50);
});

test('a product changes its version only when its content changes, and then to a higher one', async () => {
  const first = await start();
  const second = await next(() => add(1));
  expect(second.components.agent).toEqual(first.components.agent);
  for (const component of ['smart', 'filter', 'conventional'] as const)
    expect(second.components[component].number).toBeGreaterThan(first.components[component].number);
  const third = await next(() => add(1, true));
  expect(third.components.agent.number).toBeGreaterThan(second.components.agent.number);
  for (const component of ['smart', 'filter', 'conventional'] as const)
    expect(third.components[component]).toEqual(second.components[component]);
});

test('deltas lead from earlier versions to the newest; what nobody can want any more is removed', async () => {
  let last = await buildPublication(options(), undefined);
  const versions = [last];
  for (let n = 1; n <= 10; n++) {
    add(500 + n);
    last = await buildPublication(options(), last);
    versions.push(last);
  }
  await writePublication(folder, last);
  await publish({ ...options(), waitMs: 0 });
  for (const component of ['smart', 'filter', 'conventional'] as const) {
    const { files, deltas } = last.components[component];
    const bases = last.earlier[component].flatMap((product) => product.files);
    expect(last.earlier[component]).toHaveLength(8);
    expect(last.earlier[component][0]?.version).toBe(versions.at(-2)?.components[component].version);
    for (const delta of deltas) {
      const file = files.find(({ sha256 }) => sha256 === delta.to);
      expect(bases.some(({ sha256 }) => sha256 === delta.from)).toBe(true);
      const paths = { oldPath: productPath(folder, delta.from), deltaPath: productPath(folder, delta.sha256) };
      await applyDelta({ delta, ...paths, newPath: join(folder, 'result'), size: file?.size ?? 0 });
    }
    // From the starter set to five hundred more is no way.
    expect(deltas.length).toBeGreaterThanOrEqual(7);
  }
  // Ten bits or so for each hash; but for the way from the starter set.
  expect(last.components.filter.deltas.filter(({ size }) => size < 300).length).toBeGreaterThanOrEqual(7);
  expect(readdirSync(productsFolder(folder)).sort()).toEqual([...allFilesOf(last)].sort());
});

test('a filter keeps its size as long as the keys fit, and its rate even when it is full', async () => {
  const sizeOf = ({ components }: Publication) => components.filter.files[0]?.size;
  await start();
  const first = await next(() => add(9000));
  const second = await next(() => add(9998));
  expect(sizeOf(second)).toBe(sizeOf(first));
  const others = Array.from({ length: 20_000 }, (_, n) => hashOf(-1 - n).toString('hex'));
  expect(others.filter((key) => filterOf(second).has(key)).length).toBeLessThan(40);
  const third = await next(() => add(10_500));
  expect(sizeOf(third)).toBeGreaterThan(sizeOf(second) ?? 0);
  expect(third.components.filter.deltas).toEqual([]);
  expect(filterOf(third).capacity).toBeGreaterThan(12_000);
});

test('a restart serves the same version from disk; other settings or an import build a new one', async () => {
  const first = await start();
  expect(await restart()).toEqual(first);
  const finer = await restart(0.00001);
  expect(finer.components.filter.number).toBeGreaterThan(first.components.filter.number);
  expect(finer.components.smart).toEqual(first.components.smart);
  await publisher?.close();
  add(1);
  expect((await restart(0.00001)).change).toBe(first.change + 1);
});

test('a start does not wait for a long build where there is something to serve; what is built is taken over', async () => {
  const first = await start();
  await publisher?.close();
  add(3);
  published = [];
  publisher = await startPublisher({
    ...options(),
    ...{ store, pollMs: 20, minWaitSeconds: 30, isAutomatic: true, serveOldAfterMs: 0 },
    onPublished: (publication) => published.push(publication),
    onProblem: (problem) => problems.push(problem),
  });
  expect(published).toEqual([first]);
  await expect.poll(() => newest().change).toBe(first.change + 1);
  expect(problems).toEqual([]);
});

test.each<[string, (publication: Publication) => void]>([
  ['a changed filter', ({ components }) => spoil(components.filter)],
  ['a missing pattern file', ({ components }) => rmSync(productPath(folder, components.agent.files[0]?.sha256 ?? ''))],
  ['a missing folder', () => rmSync(productsFolder(folder), { recursive: true })],
])('%s is noticed at the start and built again, in the same version', async (_, damage) => {
  const first = await start();
  const before = contentOf(first.components.filter);
  await publisher?.close();
  damage(first);
  const again = await restart();
  expect(problems).toEqual([expect.stringMatching(/^built again: .*(is damaged|ENOENT)/)]);
  expect(versionsOf(again)).toEqual(versionsOf(first));
  expect(contentOf(again.components.filter)).toEqual(before);
});
function spoil({ files }: Product): void {
  writeFileSync(productPath(folder, files[0]?.sha256 ?? ''), 'rubbish');
}

test('a damaged delta is taken out, once', async () => {
  await start();
  const { components } = await next(() => add(1));
  const [delta] = components.filter.deltas;
  await publisher?.close();
  writeFileSync(productPath(folder, delta?.sha256 ?? ''), 'rubbish');
  const again = await restart();
  expect(problems).toHaveLength(1);
  expect(versionsOf(again)).toEqual(versionsOf({ ...again, components }));
  expect([again.components.filter.deltas, again.components.smart.deltas]).toEqual([[], components.smart.deltas]);
  await restart();
  expect(problems).toHaveLength(1);
});

test('when it is lost what was published, versions go on rising: gateways refuse lower ones', async () => {
  const first = await start();
  await publisher?.close();
  writeFileSync(join(folder, 'published.json'), '{"change":1');
  const again = await restart();
  for (const component of ['smart', 'filter', 'agent', 'conventional'] as const) {
    expect(again.components[component].number).toBeGreaterThanOrEqual(first.components[component].number);
    expect(again.components[component].files).toEqual(first.components[component].files);
  }
});

test('a build that fails is told, and the old version is served on', async () => {
  await start();
  const before = publisher?.current();
  store.database.exec('DROP TABLE pieces');
  store.database.exec("INSERT INTO changes SELECT max(number) + 1, 'now', 'x' FROM changes");
  await expect.poll(() => problems).toEqual([expect.stringContaining('cannot publish a new version: no such table')]);
  expect(publisher?.current()).toBe(before);
});

describe('published by hand', () => {
  const byHand = () => publish({ ...options(), waitMs: 10_000 });

  test('an import waits for it, and the running server takes it over', async () => {
    const first = await start(undefined, false);
    add(3);
    const step = await byHand();
    expect(step?.before).toEqual(first);
    await expect.poll(() => published.length).toBe(2);
    expect(newest()).toEqual(step?.now);
    expect(publisher?.current().smart.find(hashOf(2).toString('hex'))?.name).toBe('Mal.2');
  });

  test('a trial changes nothing', async () => {
    const first = await start(undefined, false);
    const files = readdirSync(productsFolder(folder));
    add(3);
    const step = await publish({ ...options(), waitMs: 0, isTrial: true });
    expect(step?.now.components.smart.entries).toBe(first.components.smart.entries + 3);
    expect(readdirSync(productsFolder(folder))).toEqual(files);
    expect(await restart()).not.toEqual(step?.now);
  });

  test('two at a time: one after the other, and both are whole', async () => {
    await start();
    add(2000);
    const [one, other] = await Promise.all([byHand(), byHand()]);
    expect([one?.now.components.smart.entries, other?.now.components.smart.entries]).toEqual([2002, 2002]);
    expect(versionsOf(one?.now ?? newest())).toEqual(versionsOf(other?.now ?? newest()));
    await restart();
    expect(problems).toEqual([]);
  });
});

test('after a rotation of the keys the envelopes are signed by both', async () => {
  await start();
  const signers = () => {
    const { envelope = Buffer.from('{}') } = publisher?.current().components.agent ?? {};
    return JSON.parse(envelope.toString()).signatures.map(({ keyid }: { keyid: string }) => keyid);
  };
  const [first] = signers();
  const keys = await rotateSigningKeys(folder, false);
  await expect.poll(signers).toEqual(keys.map(({ id }) => id));
  expect(keys[1]?.id).toBe(first);
});
