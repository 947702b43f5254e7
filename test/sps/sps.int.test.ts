import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFilter } from '../../src/adapters/query-filter/read.ts';
import { importFiles } from '../../src/sps/data/import-files.ts';
import { starterSet } from '../../src/sps/data/starter-set.ts';
import { openStore } from '../../src/sps/data/store.ts';
import { type Sps, type SpsOptions, startSps } from '../../src/sps/sps.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const clamTestFile = '71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495';
const unknown = 'f'.repeat(64);
let folder: string;
let sps: Sps;
let agent: Agent;
let now: number;
const problems: string[] = [];

async function start(options: Partial<SpsOptions> = {}): Promise<void> {
  const onProblem = (problem: string) => problems.push(problem);
  sps = await startSps({ folder, host: '127.0.0.1', port: 0, importPollMs: 20, onProblem, now: () => now, ...options });
  agent = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
}
beforeEach(async () => {
  now = Date.now();
  problems.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'sps-'));
  await start();
});
afterEach(async () => {
  await agent.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await request(`https://127.0.0.1:${sps.port}${path}`, { dispatcher: agent, headers });
  return { ...answer, content: Buffer.from(await answer.body.arrayBuffer()) };
}
async function post(body: string, type = 'application/json') {
  const headers = { 'content-type': type };
  const options = { dispatcher: agent, method: 'POST', body, headers } as const;
  const answer = await request(`https://127.0.0.1:${sps.port}/v1/query`, options);
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    json: JSON.parse(await answer.body.text()),
  };
}
const query = (...hashes: string[]) => post(JSON.stringify({ hashes }));

describe('POST /v1/query', () => {
  test('answers each hash: malicious with its name, or unknown', async () => {
    const { status, json } = await query(unknown, eicar, clamTestFile);
    expect(status).toBe(200);
    expect(json.patternId).toBe('sekisho');
    expect(json.answers).toEqual([
      { sha256: unknown, verdict: 'unknown', ttlSeconds: 900 },
      { sha256: eicar, verdict: 'malicious', name: 'Eicar-Test-Signature', source: 'starter', ttlSeconds: 900 },
      { sha256: clamTestFile, verdict: 'malicious', name: 'Clamav.Test.File-6', source: 'starter', ttlSeconds: 900 },
    ]);
  });

  test('takes 1000 hashes, and no more', async () => {
    const hashes = Array.from({ length: 1001 }, (_, n) => n.toString(16).padStart(64, '0'));
    expect((await query(...hashes.slice(1))).json.answers).toHaveLength(1000);
    expect(await query(...hashes)).toMatchObject({ status: 400, json: { detail: expect.stringContaining('1000') } });
  });

  test.each<[string, string, number]>([
    ['no JSON', '{', 400],
    ['null', 'null', 400],
    ['no hashes', '{"hashes":[]}', 400],
    ['a number', '{"hashes":[1]}', 400],
    ['a single hash', `{"hashes":"${eicar}"}`, 400],
    ['an upper-case hash', `{"hashes":["${eicar.toUpperCase()}"]}`, 400],
    ['an MD5', `{"hashes":["${'a'.repeat(32)}"]}`, 400],
    ['a hash twice', `{"hashes":["${eicar}","${eicar}"]}`, 400],
    ['more than hashes', `{"hashes":["${eicar}"],"file":"x"}`, 400],
    ['a prototype', `{"hashes":["${eicar}"],"__proto__":{}}`, 400],
    ['too long a body', `{"hashes":["${'a'.repeat(200_000)}"]}`, 413],
  ])('refuses %s', async (_, body, status) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
    expect(answer.json).toMatchObject({ type: 'about:blank', status, detail: expect.any(String) });
    expect(JSON.stringify(answer.json)).not.toMatch(/\.ts|node:|at /);
  });

  test('refuses what is not JSON by its type', async () => {
    expect((await post('hashes', 'text/plain')).status).toBe(415);
  });
});

describe('GET', () => {
  test('/v1/filter: the filter, its version, and 304 for who has it', async () => {
    const { headers, content } = await get('/v1/filter');
    expect([eicar, clamTestFile].every((hash) => readFilter(content).has(hash))).toBe(true);
    expect(headers['sekisho-pattern-id']).toBe('sekisho');
    expect(headers.etag).toBe(`"${(await query(eicar)).json.patternVersion}"`);
    const again = await get('/v1/filter', { 'if-none-match': String(headers.etag) });
    expect([again.statusCode, again.content.length]).toEqual([304, 0]);
    expect((await get('/v1/filter', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  test('/v1/health', async () => {
    const { statusCode, content } = await get('/v1/health');
    expect(statusCode).toBe(200);
    expect(JSON.parse(content.toString())).toMatchObject({ status: 'ok', patternId: 'sekisho' });
  });

  test.each([
    ['/', 404],
    ['/v1/query', 404],
    ['/v1/components/other.json', 404],
    ['/v1/components/__proto__.json', 404],
    ['/v1/components/agent/files/none', 404],
    ['/v1/components/agent/files/..%2f..%2fca.key', 404],
    ['/v1/%zz', 400],
  ])('%s is a problem %i', async (path, status) => {
    const { statusCode, headers, content } = await get(path);
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(content.toString())).toMatchObject({ status });
  });

  test('a failure of the server is told here, and not to the client', async () => {
    rmSync(join(folder, 'products'), { recursive: true });
    const { statusCode, content } = await get('/v1/filter');
    expect(statusCode).toBe(500);
    expect(JSON.parse(content.toString())).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
    });
    expect(problems).toEqual([expect.stringMatching(/^GET \/v1\/filter failed: ENOENT/)]);
  });
});

test('an import by another connection is noticed; answers and filter change together', async () => {
  const before = (await query(unknown)).json;
  const file = join(folder, 'new.hsb');
  writeFileSync(file, `${unknown}:*:Mal.New\n`);
  const store = openStore(folder, starterSet);
  await importFiles(store, [file], {});
  store.close();
  // Whatever moment it is: unknown with the old version, malicious with the new one.
  let answer = before;
  while (answer.patternVersion === before.patternVersion) {
    expect(answer.answers[0].verdict).toBe('unknown');
    answer = (await query(unknown)).json;
  }
  expect(answer.answers[0]).toMatchObject({ verdict: 'malicious', name: 'Mal.New' });
  const { headers, content } = await get('/v1/filter');
  expect(headers.etag).toBe(`"${answer.patternVersion}"`);
  expect(readFilter(content).has(unknown)).toBe(true);
});

async function handshake(options: object = {}): Promise<TLSSocket> {
  const ca = readFileSync(sps.caFile);
  const socket = connect({ host: '127.0.0.1', port: sps.port, ca, servername: 'localhost', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

describe('TLS', () => {
  test('is 1.2 or newer', async () => {
    const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake(old)).rejects.toThrow();
    const socket = await handshake({ maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
  });

  test('the certificate is renewed while it runs; open connections go on', async () => {
    await agent.close();
    await sps.close();
    rmSync(join(folder, 'server.pem'));
    now -= 70 * 86_400_000;
    await start({ certificateCheckMs: 20 });
    const open = await handshake();
    const serial = open.getPeerCertificate().serialNumber;
    now += 70 * 86_400_000;
    await expect
      .poll(async () => {
        const socket = await handshake();
        const seen = socket.getPeerCertificate().serialNumber;
        socket.destroy();
        return seen;
      })
      .not.toBe(serial);
    open.write('GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String((await once(open, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
    open.destroy();
  });

  test('what is not HTTP gets a problem, not a stack', async () => {
    const socket = await handshake();
    socket.write('\x00\x01 nonsense\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
    socket.destroy();
  });
});

describe('starting and stopping', () => {
  test('a port in use is said, and nothing is left running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startSps({ folder, host: '127.0.0.1', port })).rejects.toThrow(
      `EADDRINUSE: address already in use 127.0.0.1:${port}`,
    );
    other.close();
  });

  test('a folder that cannot be made is said', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(startSps({ folder: join(file, 'sps'), host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /ENOTDIR.*file\/sps/,
    );
  });

  test('a damaged store is said', async () => {
    const spoilt = join(folder, 'spoilt');
    await (await startSps({ folder: spoilt, host: '127.0.0.1', port: 0 })).close();
    for (const end of ['-wal', '-shm']) rmSync(join(spoilt, `signatures.db${end}`), { force: true });
    writeFileSync(join(spoilt, 'signatures.db'), 'rubbish '.repeat(1000));
    await expect(startSps({ folder: spoilt, host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /cannot use the store .*signatures\.db/,
    );
  });

  test('several addresses are served', async () => {
    await agent.close();
    await sps.close();
    const free = createServer().listen(0, '127.0.0.2');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await start({ listenAlso: [{ host: '127.0.0.2', port }] });
    const { statusCode } = await request(`https://127.0.0.2:${port}/v1/health`, { dispatcher: agent });
    expect(statusCode).toBe(200);
    expect((await get('/v1/health')).statusCode).toBe(200);
  });

  test('a stop does not wait for kept connections', async () => {
    await query(eicar);
    const other = await startSps({ folder: join(folder, 'other'), host: '127.0.0.1', port: 0 });
    const idle = connect({
      host: '127.0.0.1',
      port: other.port,
      ca: readFileSync(other.caFile),
      servername: 'localhost',
    });
    await once(idle, 'secureConnect');
    idle.write('GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle, 'data');
    const ended = once(idle, 'close');
    await other.close();
    await ended;
  });
});
