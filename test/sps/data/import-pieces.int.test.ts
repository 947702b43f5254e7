import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPattern } from '../../../src/adapters/components/open-pattern.ts';
import { loadSamplesEngine } from '../../../src/adapters/sample-signatures/load-engine.ts';
import { importRules } from '../../../src/sps/data/import-rules.ts';
import { importSample } from '../../../src/sps/data/import-sample.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore, type Store } from '../../../src/sps/data/store.ts';
import { buildPublication } from '../../../src/sps/products/build.ts';
import { type Product, productPath } from '../../../src/sps/products/publication.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-pieces-'));
  store = openStore(folder, starterSet);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const write = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const rule = (name: string) => `rule ${name} { strings: $a = "needle" condition: $a }`;
async function build() {
  const { components } = await buildPublication({ folder, patternId: 'test', falsePositiveRate: 0.01 }, undefined);
  return components;
}
const endings = ({ files }: Product) => files.map(({ name }) => name.replace(/^(agent|conventional)\./, ''));

/** As a gateway opens it. */
function open({ files, version }: Product) {
  const contents = files.map(({ name, sha256 }) => ({ name, content: readFileSync(productPath(folder, sha256)) }));
  return openPattern(contents, version, 0, { yaraFileBytesMax: 1_000_000 });
}

describe('a sample', () => {
  test('is known by its hash to queries and patterns, and within larger files to the pattern it is in', async () => {
    const sample = randomBytes(5000);
    const file = write('worm 1.exe', sample);
    expect(importSample(store, file, { agent: false })).toEqual({ smart: 1, agent: 0, conventional: 2 });
    const { agent, conventional } = await build();
    expect([endings(agent), endings(conventional)]).toEqual([
      ['hdb', 'hsb'],
      ['hdb', 'hsb', 'shs'],
    ]);
    const pattern = await open(conventional);
    expect(pattern.match({ size: 5000, sha256: hash('sha256', sample) })).toBe('Sample.worm_1.exe');
    const [samples] = pattern.contentPatterns ?? [];
    const engine = loadSamplesEngine(samples?.data);
    expect(engine.match(Buffer.concat([randomBytes(70), sample, randomBytes(9)]))).toEqual(['Sample.worm_1.exe']);
    expect(importSample(store, file, { agent: false })).toEqual({ smart: 0, agent: 0, conventional: 0 });
    expect(importSample(store, file, { agent: true })).toEqual({ smart: 0, agent: 2, conventional: 0 });
    expect(endings((await build()).agent)).toEqual(['hdb', 'hsb', 'shs']);
  });

  test.each([
    ['too short', Buffer.from('short'), 'Name', 'shorter than 64 bytes or all alike'],
    ['all alike', Buffer.alloc(5000), 'Name', 'shorter than 64 bytes or all alike'],
    ['with a bad name', randomBytes(100), 'a:b', 'is no name'],
  ])('%s is refused', (_, content, name, message) => {
    expect(() => importSample(store, write('x', content), { agent: true, name })).toThrow(message);
  });
});

describe('rules', () => {
  test('are published as they are; a file of the same name takes the place, one without rules takes them out', async () => {
    const file = write('mine.yar', rule('First'));
    expect(await importRules(store, file, true)).toMatchObject({ rules: 1, added: { agent: 1, conventional: 1 } });
    const first = await build();
    expect(endings(first.agent)).toEqual(['hdb', 'hsb', 'mine.yar']);
    expect(await open(first.agent)).toMatchObject({ rules: 1 });
    write('mine.yar', `${rule('Second')} \n ${rule('Third')}`);
    await importRules(store, file, false);
    const second = await build();
    expect(second.agent.version).not.toBe(first.agent.version);
    expect(await open(second.agent)).toMatchObject({ rules: 2 });
    write('mine.yar', '// nothing\n');
    expect(await importRules(store, file, false)).toMatchObject({ rules: 0 });
    expect(endings((await build()).agent)).toEqual(['hdb', 'hsb']);
  });

  test.each([
    ['bad.yar', 'rule Bad { condition: nonsense }', 'unknown identifier'],
    ['all.yar', 'rule All { condition: true }', 'YARA.All takes'],
    ['a b.yar', rule('A'), 'the name must be'],
  ])('in %s that cannot be used change nothing', async (name, text, message) => {
    await expect(importRules(store, write(name, text), true)).rejects.toThrow(message);
    expect(endings((await build()).agent)).toEqual(['hdb', 'hsb']);
  });
});
