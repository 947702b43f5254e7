import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServerAddress } from '../../../src/actors/ports/reputation.ts';
import { createSpsClient, type SpsClient, type SpsClientOptions } from '../../../src/adapters/sps-client/sps-client.ts';
import { digestOf } from '../../../src/http/hashed-secrets.ts';
import { issueAuthority, issueClientCertificate } from '../../../src/sps/identity/certificate.ts';
import { type Sps, type SpsOptions, startSps } from '../../../src/sps/sps.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const alike = `275a021b${'0'.repeat(56)}`;
const unknown = 'f'.repeat(64);
const never = new AbortController().signal;
let folder: string;
let sps: Sps;
let client: SpsClient;
let server: ServerAddress;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'by-prefix-'));
});
afterEach(async () => {
  await client.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<SpsOptions>, clientOptions: Partial<SpsClientOptions>): Promise<void> {
  sps = await startSps({ folder: join(folder, 'sps'), host: '127.0.0.1', port: 0, ...options });
  server = { id: `127.0.0.1:${sps.port}`, host: '127.0.0.1', port: sps.port };
  client = createSpsClient({ caFile: sps.caFile, ...clientOptions });
}
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error) => error,
  );

describe('by prefix', () => {
  test('the answers are those of a query by hash, from a real server', async () => {
    await start({}, { queryBy: 'prefix' });
    const byHash = createSpsClient({ caFile: sps.caFile });
    const hashes = [unknown, eicar, alike, eicar];
    const answer = await client.query(server, hashes, never);
    expect(answer).toEqual(await byHash.query(server, hashes, never));
    expect(answer.answers.map(({ verdict }) => verdict)).toEqual(['unknown', 'malicious', 'unknown']);
    await byHash.close();
  });

  test('D1: 1000 hashes at once, and not one more', async () => {
    await start({}, { queryBy: 'prefix' });
    const hashes = Array.from({ length: 1001 }, (_, n) => n.toString(16).padStart(64, '0'));
    expect((await client.query(server, hashes.slice(1), never)).answers).toHaveLength(1000);
    expect(await failure(client.query(server, hashes, never))).toMatchObject({ kind: 'message' });
  });
});

describe('credentials', () => {
  test('D5: a key is read from its file, and again when it changes; a wrong one is told as credentials', async () => {
    let now = 0;
    const clientKeysFile = file('keys', `mx1 ${digestOf('the-key').toString('hex')}\n`);
    const apiKeyFile = file('key', 'wrong-key\n');
    await start({ clientKeysFile }, { apiKeyFile, now: () => now });
    expect(await failure(client.query(server, [eicar], never))).toMatchObject({ kind: 'credentials' });
    expect(await failure(client.connect(server, never))).toMatchObject({ kind: 'credentials' });
    file('key', 'the-key \r\nrest');
    now = 1000;
    expect((await client.query(server, [eicar], never)).answers).toMatchObject([{ verdict: 'malicious' }]);
    await client.connect(server, never);
  });

  test.each([
    ['is missing', undefined],
    ['is empty', '\n'],
    ['holds what no header may', 'top secret\u0007\n'],
  ])('a key file that %s is credentials, and what stands in it is not told', async (_, content) => {
    await start({}, { apiKeyFile: content === undefined ? join(folder, 'none') : file('key', content) });
    const error = await failure(client.query(server, [eicar], never));
    expect(error).toMatchObject({ kind: 'credentials', message: expect.stringContaining(folder) });
    expect(error.message).not.toMatch(/top|secret/);
  });

  test('a certificate is shown to a server that asks', async () => {
    const authority = await issueAuthority(Date.now());
    const { key, certificate } = await issueClientCertificate(authority, 'mx1', 1, Date.now());
    const own = { file: file('client.pem', certificate), keyFile: file('client.key', key) };
    await start({ clientCaFile: file('clients.pem', authority.certificate) }, { certificate: own });
    expect((await client.query(server, [eicar], never)).answers).toMatchObject([{ verdict: 'malicious' }]);
    await client.connect(server, never);
    const without = createSpsClient({ caFile: sps.caFile });
    expect(await failure(without.query(server, [eicar], never))).toMatchObject({ kind: 'credentials' });
    await without.close();
  });
});
