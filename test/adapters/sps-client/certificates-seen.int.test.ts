import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CertificatesSeen, watchCertificates } from '../../../src/adapters/sps-client/certificates-seen.ts';
import { createSpsClient, type SpsClientOptions } from '../../../src/adapters/sps-client/sps-client.ts';
import {
  issueAuthority,
  issueServerCertificate,
  type KeyAndCertificate,
} from '../../../src/sps/identity/certificate.ts';

const dayMs = 86_400_000;
const ca = await issueAuthority(Date.now());
let folder: string;
let now: number;
let seen: CertificatesSeen;
let server: Server;
const servers: NetServer[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-seen-'));
  writeFileSync(join(folder, 'ca.pem'), ca.certificate);
  now = Date.now();
  seen = watchCertificates(() => now);
  const identity = await certificateFor(5);
  server = createServer({ key: identity.key, cert: identity.certificate }, (_, response) => response.end());
  await listening(server);
});
afterEach(() => {
  seen.close();
  for (const each of servers.splice(0)) each.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

async function listening(started: NetServer): Promise<number> {
  started.listen(0, '127.0.0.1');
  await once(started, 'listening');
  servers.push(started);
  return (started.address() as AddressInfo).port;
}

const certificateFor = (days: number): Promise<KeyAndCertificate> =>
  issueServerCertificate(ca, ['localhost', '127.0.0.1'], days, Date.now());
const port = () => (server.address() as AddressInfo).port;

/** Connects once with a client of its own; what the server answers is of no account here. */
async function connectOnce(options: SpsClientOptions = {}): Promise<void> {
  const client = createSpsClient({ caFile: join(folder, 'ca.pem'), ...options });
  const address = { id: `localhost:${port()}`, host: 'localhost', port: port() };
  await client.connect(address, AbortSignal.timeout(10_000)).catch(() => undefined);
  await client.close();
}

async function show(days: number): Promise<void> {
  const { key, certificate } = await certificateFor(days);
  server.setSecureContext({ key, cert: certificate });
}

/** Days from the test's beginning to the end of what is seen. */
const daysSeen = () => seen.current().map(({ endMs }) => Math.round((endMs - Date.now()) / dayMs));

test('a server that a client has connected to, with the end of its certificate', async () => {
  expect(seen.current()).toEqual([]);
  await connectOnce();
  expect(seen.current()).toMatchObject([{ certificate: `localhost:${port()}`, host: 'localhost' }]);
  expect(daysSeen()).toEqual([5]);
});

test('through a proxy, too', async () => {
  const proxy = createPlainServer().on('connect', (_, client) => {
    const upstream = connect(port(), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [upstream, client]) socket.on('error', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const proxyPort = await listening(proxy);
  await connectOnce({ proxyUrl: `http://127.0.0.1:${proxyPort}` });
  expect(seen.current()).toMatchObject([{ certificate: `localhost:${port()}` }]);
  expect(daysSeen()).toEqual([5]);
});

test('of several behind one name the first to end counts, until it has not been seen for an hour', async () => {
  await connectOnce();
  await show(90);
  await connectOnce();
  expect(daysSeen()).toEqual([5]);
  now += 3_600_001;
  await connectOnce();
  expect(daysSeen()).toEqual([90]);
  await show(3);
  await connectOnce();
  expect(daysSeen()).toEqual([3]);
});

test('a server that nobody connects to any more is forgotten', async () => {
  await connectOnce();
  now += 2 * dayMs;
  expect(seen.current()).toHaveLength(1);
  now += 1;
  expect(seen.current()).toEqual([]);
});

test('after its end it looks no more', async () => {
  seen.close();
  await connectOnce();
  expect(seen.current()).toEqual([]);
});
