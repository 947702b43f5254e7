import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { createIsolatedReader } from '../../../src/adapters/message-reader/isolated-reader.ts';
import { signatureOf } from '../../../src/adapters/sample-signatures/choose-block.ts';
import { formatSampleLine } from '../../../src/adapters/sample-signatures/sample-line.ts';
import { pattern, signatureFile } from './downloads.ts';

const sample = randomBytes(3000);
const made = signatureOf(sample, 'Sample.Test');
const samplesFile = signatureFile('b.shs', made ? formatSampleLine(made).trim() : '');
const rulesFile = (rule: string) => signatureFile('c.yar', rule);
const needle = 'rule Needle { strings: $a = "needle" condition: $a }';
const limits = {
  ...{ partsMax: 100, depthMax: 10, filesMax: 100, fileBytesMax: 1e8, messageBytesMax: 1e8, ratioMax: 250 },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'content-patterns-'));
});
afterEach(() => rm(folder, { recursive: true }));

const openStore = () => createComponentStore({ folder, onProblem: (_, problem) => expect.fail(problem) });

describe('patterns with samples and YARA rules', () => {
  test('are read from disk again, and match in the threads that read messages', async () => {
    await openStore().install(pattern('1', samplesFile, rulesFile(needle)));
    const store = openStore();
    expect(await store.load()).toEqual([]);
    const { agent } = store.current();
    expect(agent).toMatchObject({ version: '1', entries: 1, rules: 1 });
    const patterns = agent?.contentPatterns ?? [];
    expect(patterns.map(({ engine }) => engine)).toEqual(['samples', 'yara']);
    const reader = createIsolatedReader({
      ...{ workers: 1, memoryBytesMax: 1e9, onProblem: (problem) => expect.fail(problem) },
      file: new URL('../../../src/wiring/read-worker.ts', import.meta.url),
    });
    try {
      const message = Buffer.concat([
        Buffer.from('Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
        Buffer.from(Buffer.concat([randomBytes(99), sample, Buffer.from(' needle')]).toString('base64')),
      ]);
      const { files } = await reader.read(
        { message, limits, digests: [], patterns, msMax: 60_000 },
        new AbortController().signal,
      );
      const found = files.flatMap(({ place, matches = [] }) => matches.map(({ name }) => [place, name]));
      expect(found.sort()).toEqual([
        ['inline', 'Sample.Test'],
        ['inline', 'YARA.Needle'],
      ]);
    } finally {
      await reader.close();
    }
  });

  test.each([
    ['a rule that does not compile', rulesFile('rule Bad { condition: nonsense }'), 'unknown identifier'],
    ['a rule that takes mail for malware', rulesFile('rule Mail { strings: $a="From:" condition: $a }'), 'YARA.Mail'],
    ['a bad line of samples', signatureFile('b.shs', 'x'), '"b.shs" line 1'],
  ])('with %s are refused, and the version before stays', async (_, bad, message) => {
    const store = openStore();
    await store.install(pattern('1', rulesFile(needle)));
    await expect(store.install(pattern('2', bad))).rejects.toThrow(message);
    expect(store.current().agent).toMatchObject({ version: '1', rules: 1 });
  });

  test('engines need hashes beside them: EICAR is known by its hash (D16)', async () => {
    const download = { ...pattern('1'), files: [rulesFile(needle)] };
    await expect(openStore().install(download)).rejects.toThrow('no signature that can match');
  });
});
