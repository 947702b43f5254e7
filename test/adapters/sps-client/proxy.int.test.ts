import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSpsClient, type SpsClientOptions } from '../../../src/adapters/sps-client/sps-client.ts';
import { type ScriptedSps, startScriptedSps } from '../../support/scripted-sps.ts';

const hash = 'a'.repeat(64);
let sps: ScriptedSps;
let proxy: Server;
let port: number;
/** Targets that clients asked to be connected with, and with which credentials. */
let tunnels: { target: string; credentials: string | undefined }[];
let tunnelSockets: Set<Socket>;
/** What the proxy answers instead of connecting. */
let refusal: string | undefined;

beforeEach(async () => {
  sps = await startScriptedSps();
  tunnels = [];
  tunnelSockets = new Set();
  refusal = undefined;
  proxy = createServer().on('connect', (request, client: Socket) => {
    tunnels.push({ target: request.url ?? '', credentials: request.headers['proxy-authorization'] });
    client.on('error', () => {});
    tunnelSockets.add(client);
    if (refusal !== undefined) return client.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const upstream = connect(sps.address.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    return upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  port = (proxy.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of tunnelSockets) socket.destroy();
  proxy.close();
  await sps.close();
});

async function withClient<T>(options: SpsClientOptions, use: (ask: () => Promise<unknown>) => Promise<T>): Promise<T> {
  const client = createSpsClient({ caFile: sps.caFile, proxyUrl: `http://127.0.0.1:${port}`, ...options });
  const server = { ...sps.address, host: 'localhost' };
  try {
    return await use(() => client.query(server, [hash], AbortSignal.timeout(10_000)));
  } finally {
    await client.close();
  }
}

test('https goes through the proxy by CONNECT, with the name unresolved and one tunnel kept', async () => {
  await withClient({}, async (ask) => {
    await ask();
    await ask();
  });
  expect(tunnels).toEqual([{ target: `localhost:${sps.address.port}`, credentials: undefined }]);
  expect(sps.queries).toHaveLength(2);
});

test('user and password of the proxy go to the proxy', async () => {
  await withClient({ proxyUrl: `http://me:p%40ss@127.0.0.1:${port}` }, (ask) => ask());
  expect(tunnels[0]?.credentials).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test.each(['407 Proxy Authentication Required', '502 Bad Gateway'])(
  'D5: a proxy that answers %s is a failure',
  async (status) => {
    refusal = status;
    await withClient({}, async (ask) => {
      await expect(ask()).rejects.toMatchObject({
        kind: 'proxy',
        message: expect.stringContaining(status.slice(0, 3)),
      });
      refusal = undefined;
      await ask();
    });
  },
);

test('D5: a proxy that is not there is a failure of kind proxy, and no password is in its message', async () => {
  proxy.close();
  await withClient({ proxyUrl: `http://me:secret@127.0.0.1:${port}` }, async (ask) => {
    const failure = await ask().catch((error) => error);
    expect(failure).toMatchObject({ kind: 'proxy', message: expect.not.stringContaining('secret') });
  });
});

test('D5: a wrong certificate behind a proxy is tls', async () => {
  await sps.script('wrong-name');
  await withClient({}, (ask) => expect(ask()).rejects.toMatchObject({ kind: 'tls' }));
});

test('D5: a kept tunnel that broke is replaced without a failure', async () => {
  await withClient({}, async (ask) => {
    await ask();
    let resets = 1;
    await sps.script(() => (resets-- > 0 ? 'reset' : 'ok'));
    await ask();
  });
  expect(sps.queries).toHaveLength(3);
});

test('D5: a tunnel that hangs is given up with the signal', async () => {
  await sps.script('silent');
  const client = createSpsClient({ caFile: sps.caFile, proxyUrl: `http://127.0.0.1:${port}` });
  const controller = new AbortController();
  const failure = client.query(sps.address, [hash], controller.signal).catch((error) => error);
  await expect.poll(() => tunnels.length).toBe(1);
  controller.abort();
  expect(await failure).toMatchObject({ kind: 'timeout' });
  await client.close();
});
