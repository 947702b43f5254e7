import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBatch } from '../../../src/sps/data/import-batch.ts';
import { addOverrides, removeOverrides } from '../../../src/sps/data/overrides.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { candidatesPerAnswerMax, candidatesPerPrefixMax } from '../../../src/sps/protocol/prefix-query.ts';
import { type Sps, startSps } from '../../../src/sps/sps.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const unknown = createHash('sha256').update('unknown').digest('hex');
/** Hashes that begin alike. */
const alike = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => prefix + n.toString(16).padStart(64 - prefix.length, '0'));
const prefixes = Array.from({ length: 30 }, (_, n) => (0xabc00000 + n).toString(16));
let folder: string;
let sps: Sps;
let dispatcher: Agent;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'query-'));
  const store = openStore(folder, starterSet);
  const batch = openBatch(store);
  const target = batch.into({ name: 'test', kind: 'malware', setting: {}, replace: false });
  const hashes = [
    ...prefixes.flatMap((prefix) => alike(prefix, candidatesPerPrefixMax)),
    ...alike('ffffffff', candidatesPerPrefixMax + 1),
  ];
  for (const hash of hashes) target.add({ hash: Buffer.from(hash, 'hex'), name: 'Mal', agent: false });
  batch.commit('test');
  batch.close();
  store.close();
  const ttl = { knownSeconds: 7200, unknownSeconds: 60 };
  // Nothing is published anew: what is overridden still stands in the pattern.
  sps = await startSps({ folder, host: '127.0.0.1', port: 0, ttl, publishesByItself: false });
  dispatcher = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
});
afterAll(async () => {
  await dispatcher.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

async function post(path: string, question: object) {
  const headers = { 'content-type': 'application/json' };
  const options = { dispatcher, method: 'POST', headers, body: JSON.stringify(question) } as const;
  const answer = await request(`https://127.0.0.1:${sps.port}${path}`, options);
  return { status: answer.statusCode, json: JSON.parse(await answer.body.text()) };
}
const byHash = async (...hashes: string[]) => (await post('/v1/query', { hashes })).json.answers;
const byPrefix = async (...asked: string[]) => (await post('/v1/prefixes', { prefixes: asked })).json;

describe('times to live', () => {
  test('of what is known and of what is not, by hash and by prefix', async () => {
    expect(await byHash(eicar, unknown)).toMatchObject([{ ttlSeconds: 7200 }, { verdict: 'unknown', ttlSeconds: 60 }]);
    expect(await byPrefix(eicar.slice(0, 8))).toMatchObject({
      ttlSeconds: 60,
      answers: [{ prefix: eicar.slice(0, 8), candidates: [{ sha256: eicar, ttlSeconds: 7200, source: 'starter' }] }],
    });
  });
});

describe('a false positive', () => {
  test('is unknown soon, by hash and by prefix, and malware again when it is taken back', async () => {
    const [known = '', other = ''] = alike(prefixes[0] ?? '', 2);
    const store = openStore(folder, starterSet);
    const verdicts = async () => (await byHash(known, other)).map(({ verdict }: { verdict: string }) => verdict);
    const candidates = async () => (await byPrefix(known.slice(0, 8))).answers[0].candidates.length;
    const says = (first: string, count: number) =>
      expect
        .poll(async () => [await verdicts(), await candidates()], { timeout: 10_000 })
        .toEqual([[first, 'malicious'], count]);
    await says('malicious', candidatesPerPrefixMax);
    addOverrides(store, [Buffer.from(known, 'hex')], 'a test');
    await says('unknown', candidatesPerPrefixMax - 1);
    removeOverrides(store, [Buffer.from(known, 'hex')]);
    await says('malicious', candidatesPerPrefixMax);
    store.close();
  });
});

describe('what begins alike', () => {
  test('all of it, or that it is too much', async () => {
    const { answers } = await byPrefix('abc00001', 'ffffffff', '00000000');
    expect(answers[0].candidates).toHaveLength(candidatesPerPrefixMax);
    expect(answers.slice(1)).toEqual([
      { prefix: 'ffffffff', candidates: [], tooMany: true },
      { prefix: '00000000', candidates: [] },
    ]);
  });

  test('an answer has a limit as a whole: what does not fit is said', async () => {
    const { answers } = await byPrefix(...prefixes);
    const fits = candidatesPerAnswerMax / candidatesPerPrefixMax;
    expect(answers.filter(({ tooMany }: { tooMany?: true }) => !tooMany)).toHaveLength(Math.floor(fits));
    expect(answers.at(-1)).toMatchObject({ candidates: [], tooMany: true });
  });

  test.each([
    ['a prefix twice', ['abc00000', 'abc00000']],
    ['one of three bytes', ['abc000']],
    ['one of five', ['abc0000000']],
    ['upper case', ['ABC00000']],
    ['none', []],
  ])('%s is refused', async (_, asked) => {
    expect((await post('/v1/prefixes', { prefixes: asked })).status).toBe(400);
  });
});
