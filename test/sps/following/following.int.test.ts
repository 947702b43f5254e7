import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';
import { createSpsClient } from '../../../src/adapters/sps-client/sps-client.ts';
import { digestOf } from '../../../src/http/hashed-secrets.ts';
import { openBatch } from '../../../src/sps/data/import-batch.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { packagedComponents } from '../../../src/sps/protocol/component-package.ts';
import { type Sps, type SpsOptions, startSps } from '../../../src/sps/sps.ts';
import { eventually } from '../../support/eventually.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const hash = (n: number) => createHash('sha256').update(String(n)).digest('hex');
let folder: string;
let origin: Sps;
const running: Sps[] = [];
const problems: string[] = [];

const folderOf = (name: string) => join(folder, name);
async function start(name: string, options: Partial<SpsOptions> = {}): Promise<Sps> {
  const onProblem = (problem: string) => problems.push(problem);
  const sps = await startSps({
    folder: folderOf(name),
    host: '127.0.0.1',
    port: 0,
    importPollMs: 20,
    onProblem,
    ...options,
  });
  running.push(sps);
  return sps;
}
const stop = async (sps: Sps) => {
  running.splice(running.indexOf(sps), 1);
  await sps.close();
};
const following = (sps: Sps, keysOf: string, more: object = {}) => ({
  follow: {
    url: `https://127.0.0.1:${sps.port}`,
    keysFile: join(folderOf(keysOf), 'signing-key.pub.pem'),
    ...{ caFile: sps.caFile, intervalMs: 30, ...more },
  },
});

/** Imports signatures into the origin's store, as another process does. */
function add(name: string, ...hashes: string[]): void {
  const store = openStore(folderOf(name), starterSet);
  const batch = openBatch(store);
  const target = batch.into({ name: 'test', kind: 'malware', setting: {}, replace: false });
  for (const each of hashes)
    target.add({ hash: Buffer.from(each, 'hex'), name: `Mal.${each.slice(-4)}`, agent: false });
  batch.commit('test');
  batch.close();
  store.close();
}

async function get(sps: Sps, path: string) {
  const dispatcher = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
  const answer = await request(`https://127.0.0.1:${sps.port}${path}`, { dispatcher });
  const content = Buffer.from(await answer.body.arrayBuffer());
  await dispatcher.close();
  return { status: answer.statusCode, headers: answer.headers, content };
}
async function query(sps: Sps, hashes: string[], queryBy: 'hash' | 'prefix' = 'hash') {
  const client = createSpsClient({ caFile: sps.caFile, queryBy });
  const address = { id: 'sps', host: '127.0.0.1', port: sps.port };
  return client.query(address, hashes, AbortSignal.timeout(10_000)).finally(() => client.close());
}
const envelope = async (sps: Sps, component: string) => (await get(sps, `/v1/components/${component}.json`)).content;
const manifest = async (sps: Sps, component: string) =>
  JSON.parse(Buffer.from(JSON.parse((await envelope(sps, component)).toString()).payload, 'base64').toString());
const isAsOld = async (sps: Sps, from = origin) =>
  (await query(sps, [eicar])).patternVersion === (await query(from, [eicar])).patternVersion;

beforeEach(async () => {
  problems.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'following-'));
  origin = await start('origin');
});
afterEach(async () => {
  for (const sps of running.splice(0)) await sps.close();
  rmSync(folder, { recursive: true });
});

test('it serves what it came by, byte for byte: envelopes, files, filter, answers; and has no store', async () => {
  add('origin', ...Array.from({ length: 500 }, (_, n) => hash(n)));
  const before = (await query(origin, [eicar])).patternVersion;
  await eventually('published', async () => (await query(origin, [eicar])).patternVersion !== before);
  const follower = await start('follower', following(origin, 'origin'));
  for (const component of packagedComponents) {
    const [theirs, ours] = [await envelope(origin, component), await envelope(follower, component)];
    expect(ours.equals(theirs)).toBe(true);
    const { files, deltas } = await manifest(origin, component);
    for (const { sha256 } of [...files, ...deltas]) {
      const path = `/v1/components/${component}/files/${sha256}`;
      expect((await get(follower, path)).content.equals((await get(origin, path)).content)).toBe(true);
    }
  }
  const asked = [eicar, hash(7), hash(501)];
  expect(await query(follower, asked)).toEqual(await query(origin, asked));
  expect(await query(follower, asked, 'prefix')).toEqual(await query(origin, asked, 'prefix'));
  expect((await get(follower, '/v1/filter')).content.equals((await get(origin, '/v1/filter')).content)).toBe(true);
  expect(JSON.parse((await get(follower, '/v1/health')).content.toString())).toMatchObject({
    ...{ status: 'ok', patternId: 'sekisho', followedSeconds: expect.any(Number) },
  });
  expect(readdirSync(folderOf('follower')).sort()).toEqual(
    ['ca.key', 'ca.pem', 'followed', 'followed.json', 'following', 'server.pem'].sort(),
  );
  expect(problems).toEqual([]);
});

test('new versions come, with the deltas; at no moment does the filter lack what is answered', async () => {
  const follower = await start('follower', following(origin, 'origin'));
  for (let round = 0; round < 3; round++) {
    add('origin', ...Array.from({ length: 200 }, (_, n) => hash(1000 * round + n)));
    const before = (await query(follower, [eicar])).patternVersion;
    for (;;) {
      const filter = await get(follower, '/v1/filter');
      const { patternVersion, answers } = await query(follower, [hash(1000 * round)]);
      if (filter.headers.etag === `"${patternVersion}"` && answers[0]?.verdict === 'malicious')
        expect(readFilter(filter.content).has(hash(1000 * round))).toBe(true);
      if (patternVersion !== before && answers[0]?.verdict === 'malicious') break;
    }
  }
  await eventually('the newest', () => isAsOld(follower));
  const { deltas } = await manifest(follower, 'smart');
  expect(deltas.length).toBeGreaterThan(0);
  for (const { sha256 } of deltas)
    expect((await get(follower, `/v1/components/smart/files/${sha256}`)).status).toBe(200);
});

test('files that nobody needs any more go', async () => {
  const follower = await start('follower', following(origin, 'origin'));
  const first = (await manifest(origin, 'smart')).files[0].sha256;
  for (let round = 0; round < 3; round++) {
    const before = (await query(origin, [eicar])).patternVersion;
    add('origin', hash(round));
    await eventually('published', async () => (await query(origin, [eicar])).patternVersion !== before);
    await eventually('followed', () => isAsOld(follower));
  }
  expect(existsSync(join(folderOf('follower'), 'followed', first))).toBe(false);
});

test('when the other one is gone it goes on, after a start of its own too, and says so once', async () => {
  const follower = await start('follower', following(origin, 'origin'));
  const options = following(origin, 'origin');
  const before = await query(follower, [eicar]);
  await stop(origin);
  await eventually('the problem', () => Promise.resolve(problems.length > 0));
  expect(await query(follower, [eicar])).toEqual(before);
  await stop(follower);
  const again = await start('follower', options);
  expect(await query(again, [eicar])).toEqual(before);
  expect(problems.filter((problem) => /ECONNREFUSED/.test(problem))).toHaveLength(problems.length);
  expect(problems.length).toBeLessThanOrEqual(2);
});

test('a file that was damaged while it was down is fetched again', async () => {
  const follower = await start('follower', following(origin, 'origin'));
  await stop(follower);
  const { files } = await manifest(origin, 'filter');
  const path = join(folderOf('follower'), 'followed', files[0].sha256);
  writeFileSync(path, 'rubbish');
  const again = await start('follower', following(origin, 'origin'));
  expect((await get(again, '/v1/filter')).content.equals((await get(origin, '/v1/filter')).content)).toBe(true);
});

test('one that follows one that follows', async () => {
  const second = await start('second', following(origin, 'origin'));
  const third = await start('third', following(second, 'origin'));
  add('origin', hash(1));
  await eventually('the third knows', async () => (await query(third, [hash(1)])).answers[0]?.verdict === 'malicious');
  expect((await envelope(third, 'smart')).equals(await envelope(origin, 'smart'))).toBe(true);
});

describe('what is not to be trusted is not served', () => {
  test('components of another key', async () => {
    const follower = await start('follower', following(origin, 'origin'));
    const before = await query(follower, [eicar]);
    await stop(follower);
    const other = await start('other');
    const again = await start('follower', following(other, 'origin'));
    await eventually('the problem', () => Promise.resolve(problems.length > 0));
    expect(problems).toEqual([expect.stringMatching(/signed by no trusted key/)]);
    expect(await query(again, [eicar])).toEqual(before);
  });

  test('older ones, though well signed', async () => {
    await stop(origin);
    cpSync(folderOf('origin'), folderOf('older'), { recursive: true });
    origin = await start('origin');
    add('origin', hash(1));
    await eventually('published', async () => (await query(origin, [hash(1)])).answers[0]?.verdict === 'malicious');
    const follower = await start('follower', following(origin, 'origin'));
    expect((await query(follower, [hash(1)])).answers[0]?.verdict).toBe('malicious');
    await stop(follower);
    const older = await start('older');
    const again = await start('follower', following(older, 'origin'));
    await eventually('the problem', () => Promise.resolve(problems.length > 0));
    expect(problems).toEqual([expect.stringMatching(/older than/)]);
    expect((await query(again, [hash(1)])).answers[0]?.verdict).toBe('malicious');
  });
});

test('it shows its key to one that asks for it', async () => {
  const keys = join(folder, 'keys');
  writeFileSync(keys, `follower ${digestOf('the-key').toString('hex')}\n`);
  const apiKeyFile = join(folder, 'key');
  writeFileSync(apiKeyFile, 'the-key\n');
  const guarded = await start('guarded', { clientKeysFile: keys });
  const follower = await start('follower', following(guarded, 'guarded', { apiKeyFile }));
  expect((await query(follower, [eicar])).answers).toMatchObject([{ verdict: 'malicious' }]);
});
