import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/http/hashed-secrets.ts';
import {
  issueAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type KeyAndCertificate,
} from '../../../src/sps/identity/certificate.ts';
import { type Sps, type SpsOptions, startSps } from '../../../src/sps/sps.ts';

let folder: string;
let sps: Sps;
const problems: string[] = [];
const agents: Agent[] = [];
const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

async function start(options: Partial<SpsOptions>): Promise<void> {
  const onProblem = (problem: string) => problems.push(problem);
  sps = await startSps({ folder: join(folder, 'sps'), host: '127.0.0.1', port: 0, onProblem, ...options });
}
const path = (name: string) => join(folder, name);
const file = (name: string, content: string) => {
  writeFileSync(path(name), content);
  return path(name);
};
const keysFile = (lines: string) => file('keys', lines);
const line = (name: string, key: string, rest = '') => `${name} ${digestOf(key).toString('hex')} ${rest}\n`;

beforeEach(() => {
  problems.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'admission-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

interface Shown {
  authorization?: string;
  certificate?: KeyAndCertificate;
  hashes?: readonly string[];
}

async function query({ authorization, certificate, hashes = [eicar] }: Shown = {}) {
  const shown = certificate && { cert: certificate.certificate, key: certificate.key };
  const dispatcher = new Agent({ connect: { ca: readFileSync(sps.caFile), ...shown } });
  agents.push(dispatcher);
  const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
  const body = JSON.stringify({ hashes });
  const url = `https://127.0.0.1:${sps.port}/v1/query`;
  const answer = await request(url, { dispatcher, method: 'POST', headers, body });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

describe('keys', () => {
  beforeEach(() => start({ clientKeysFile: keysFile(line('mx1', 'first-key')) }));

  test('who shows one is answered', async () => {
    expect(await query({ authorization: 'Bearer first-key' })).toMatchObject({ status: 200 });
    expect(await query({ authorization: 'bearer  first-key ' })).toMatchObject({ status: 200 });
  });

  test.each([undefined, 'Bearer other-key', 'Bearer', 'Basic Zmlyc3Qta2V5', 'first-key'])(
    'D5: %s is 401, and nothing says what was shown',
    async (authorization) => {
      const answer = await query(authorization === undefined ? {} : { authorization });
      expect(answer).toMatchObject({
        status: 401,
        headers: {
          'www-authenticate': 'Bearer realm="sekisho"',
          'content-type': expect.stringContaining('application/problem+json'),
        },
      });
      expect(answer.text).not.toMatch(/other-key|Zmly/);
    },
  );

  test('every resource asks for it, those that are not there too', async () => {
    const dispatcher = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
    agents.push(dispatcher);
    for (const name of ['/v1/health', '/v1/filter', '/v1/components/agent', '/nothing'])
      expect((await request(`https://127.0.0.1:${sps.port}${name}`, { dispatcher })).statusCode).toBe(401);
  });

  test('a key that is taken out is refused soon, on open connections too', async () => {
    expect(await query({ authorization: 'Bearer first-key' })).toMatchObject({ status: 200 });
    keysFile(line('mx2', 'second-key'));
    await expect
      .poll(async () => (await query({ authorization: 'Bearer first-key' })).status, { timeout: 5000 })
      .toBe(401);
    expect(await query({ authorization: 'Bearer second-key' })).toMatchObject({ status: 200 });
    expect(problems).toEqual([]);
  });
});

describe('certificates', () => {
  let authority: KeyAndCertificate;
  beforeEach(async () => {
    authority = await issueAuthority(Date.now());
    await start({ clientCaFile: file('clients.pem', authority.certificate) });
  });

  test('who shows one of the authority is answered', async () => {
    const certificate = await issueClientCertificate(authority, 'mx1', 1, Date.now());
    expect(await query({ certificate })).toMatchObject({ status: 200 });
  });

  test('none is 401', async () => {
    expect(await query()).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Certificate' } });
  });

  test.each<[string, () => Promise<KeyAndCertificate>]>([
    [
      'of another authority',
      async () => issueClientCertificate(await issueAuthority(Date.now()), 'mx1', 1, Date.now()),
    ],
    ['that has ended', () => issueClientCertificate(authority, 'mx1', 1, Date.now() - 10 * 86_400_000)],
    ['for servers', () => issueServerCertificate(authority, ['mx1'], 1, Date.now())],
  ])('D5: one %s is 403', async (_, issue) => {
    const answer = await query({ certificate: await issue() });
    expect(answer).toMatchObject({
      status: 403,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
    });
  });
});

test('with both, either is enough', async () => {
  const authority = await issueAuthority(Date.now());
  const clientCaFile = file('clients.pem', authority.certificate);
  await start({ clientCaFile, clientKeysFile: keysFile(line('mx1', 'first-key')) });
  const certificate = await issueClientCertificate(authority, 'mx2', 1, Date.now());
  expect(await query({ authorization: 'Bearer first-key' })).toMatchObject({ status: 200 });
  expect(await query({ certificate })).toMatchObject({ status: 200 });
  expect(await query()).toMatchObject({ status: 401 });
});

describe('limits', () => {
  const many = Array.from({ length: 50 }, (_, n) => n.toString(16).padStart(64, '0'));

  test('D6: a client that asked too much is 429 with the seconds to wait; by key, others go on', async () => {
    const clientKeysFile = keysFile(line('mx1', 'slow', 'hashes-per-second=1 burst=10') + line('mx2', 'free'));
    await start({ clientKeysFile });
    expect(await query({ authorization: 'Bearer slow', hashes: many })).toMatchObject({ status: 200 });
    const answer = await query({ authorization: 'Bearer slow' });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(41);
    expect(await query({ authorization: 'Bearer free', hashes: many })).toMatchObject({ status: 200 });
  });

  test('without keys, by address', async () => {
    await start({ allowance: { perSecond: 1, burst: 10 } });
    expect(await query({ hashes: many })).toMatchObject({ status: 200 });
    expect(await query()).toMatchObject({ status: 429 });
  });
});

describe('what cannot be used is said at the start', () => {
  afterEach(() => start({}));
  test('keys', async () => {
    await expect(start({ clientKeysFile: keysFile('mx1 key-in-plain') })).rejects.toThrow(/keys:1: must be/);
  });
  test('authorities', async () => {
    await expect(start({ clientCaFile: file('clients.pem', 'rubbish') })).rejects.toThrow(
      /clients\.pem cannot be used/,
    );
  });
});
