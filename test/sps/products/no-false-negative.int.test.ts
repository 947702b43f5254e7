import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';
import { addSignatures } from '../../../src/sps/data/add-signatures.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { type ComponentManifest, envelopePath, packageFilePath } from '../../../src/sps/protocol/component-package.ts';
import { type Sps, startSps } from '../../../src/sps/sps.ts';

let folder: string;
let sps: Sps;
let agent: Agent;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'no-false-negative-'));
  sps = await startSps({ folder, host: '127.0.0.1', port: 0, importPollMs: 5, filterFalsePositiveRate: 0.01 });
  agent = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
});
afterEach(async () => {
  await agent.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

const url = (path: string) => `https://127.0.0.1:${sps.port}${path}`;
async function get(path: string) {
  const answer = await request(url(path), { dispatcher: agent });
  return { headers: answer.headers, content: Buffer.from(await answer.body.arrayBuffer()) };
}
async function query(hashes: readonly string[]) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ hashes });
  const answer = await request(url('/v1/query'), { dispatcher: agent, method: 'POST', headers, body });
  return (await answer.body.json()) as { patternVersion: string; answers: { sha256: string; verdict: string }[] };
}
/** Filter by both ways that there are. */
async function wholeFilter() {
  const { headers, content } = await get('/v1/filter');
  return { version: String(headers.etag), filter: readFilter(content) };
}
async function packagedFilter() {
  const { payload } = JSON.parse((await get(envelopePath('filter'))).content.toString());
  const manifest: ComponentManifest = JSON.parse(Buffer.from(payload, 'base64').toString());
  const { content } = await get(packageFilePath('filter', manifest.files[0]?.sha256 ?? ''));
  return { version: `"${manifest.version}"`, filter: readFilter(content) };
}

const keyOf = (round: number, n: number) => createHash('sha256').update(`malware ${round} ${n}`).digest();
const rounds = 8;
const perRound = 400;

test('while imports go on, no hash of the pattern is denied by the filter of its version', async () => {
  const store = openStore(folder, starterSet);
  let hasEnded = false;
  const seen = new Map<string, Awaited<ReturnType<typeof wholeFilter>>['filter']>();
  const malicious = new Map<string, Set<string>>();
  const remember = async (fetchFilter: typeof wholeFilter) => {
    while (!hasEnded) {
      const { version, filter } = await fetchFilter();
      seen.set(version, filter);
    }
  };
  const ask = async () => {
    for (let turn = 0; !hasEnded || turn < rounds; turn++) {
      const round = turn % rounds;
      const hashes = Array.from({ length: perRound }, (_, n) => keyOf(round, n).toString('hex'));
      const { patternVersion, answers } = await query(hashes);
      const found = answers.filter(({ verdict }) => verdict === 'malicious').map(({ sha256 }) => sha256);
      // What is imported at once is published at once: all of it or nothing.
      expect([0, perRound]).toContain(found.length);
      const all = malicious.get(patternVersion) ?? new Set();
      for (const sha256 of found) all.add(sha256);
      malicious.set(patternVersion, all);
    }
  };
  const work = [remember(wholeFilter), remember(packagedFilter), ask()];
  for (let round = 0; round < rounds; round++) {
    addSignatures(
      store,
      `round ${round}`,
      Array.from({ length: perRound }, (_, n) => ({ hash: keyOf(round, n), name: 'Mal', agent: false })),
    );
    const last = keyOf(round, 0).toString('hex');
    await expect.poll(async () => (await query([last])).answers[0]?.verdict, { timeout: 30_000 }).toBe('malicious');
  }
  hasEnded = true;
  await Promise.all(work);
  store.close();

  const compared = [...malicious].filter(([version]) => seen.has(`"${version}"`));
  expect(compared.length).toBeGreaterThan(rounds / 2);
  expect(compared.some(([, hashes]) => hashes.size >= perRound)).toBe(true);
  for (const [version, hashes] of compared) {
    const filter = seen.get(`"${version}"`);
    expect([...hashes].filter((sha256) => filter?.has(sha256) !== true)).toEqual([]);
  }
}, 120_000);
