import { hash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import type { ClamdAddress } from '../../../src/adapters/clamd/address.ts';
import { createClamd } from '../../../src/adapters/clamd/create-clamd.ts';
import { type Clamd, clamdKnows, clamdMissing, startClamd } from '../../support/clamd.ts';
import { freePort } from '../../support/free-port.ts';

const options = { connectMs: 5000, chunkBytes: 4096, streamBytesMax: 10_000_000 };
const { signal: never } = new AbortController();
const tcp = (port: number): ClamdAddress => ({ id: `127.0.0.1:${port}`, to: { host: '127.0.0.1', port } });
const unix = (path: string): ClamdAddress => ({ id: `unix:${path}`, to: { path } });
const scan = (server: ClamdAddress, content: Uint8Array, signal = never) =>
  createClamd(options).scan(server, content, signal);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.fail(`no failure: ${JSON.stringify(value)}`),
    (error: ReputationFailure) => error.kind,
  );

const missing = clamdMissing();
describe.skipIf(missing !== undefined)(`a real clamd${missing ? ` (${missing})` : ''}`, () => {
  let clamd: Clamd;
  beforeAll(async () => {
    clamd = await startClamd([
      'StreamMaxLength 1M',
      'AlertEncryptedArchive yes',
      'AlertExceedsMax yes',
      'MaxFileSize 500K',
    ]);
  }, 60_000);
  afterAll(() => clamd.close());

  test.each(['tcp', 'unix'])('over %s: what it knows, what it does not, and nothing at all', async (way) => {
    const server = way === 'tcp' ? tcp(clamd.port) : unix(clamd.socket);
    expect(await scan(server, Buffer.from('harmless'))).toEqual({ found: 'nothing' });
    expect(await scan(server, new Uint8Array())).toEqual({ found: 'nothing' });
    for (const { text, name } of Object.values(clamdKnows)) {
      const content = Buffer.from(`${'x'.repeat(10_000)} ${text}`);
      expect(await scan(server, content)).toEqual({ found: 'malware', name, sha256: hash('sha256', content) });
    }
    expect(await createClamd(options).ping(server, never)).toMatch(/^ClamAV \d/);
  });

  test.each(['tcp', 'unix'])('over %s: more than its StreamMaxLength is unscannable, and no failure', async (way) => {
    const server = way === 'tcp' ? tcp(clamd.port) : unix(clamd.socket);
    for (const bytes of [1_048_577, 2_000_000, 9_000_000])
      expect(await scan(server, Buffer.alloc(bytes))).toEqual({ found: 'unscannable', reason: 'too-large' });
  });

  test('more than our own limit is not sent at all', async () => {
    expect(await scan(tcp(1), Buffer.alloc(10_000_001))).toEqual({ found: 'unscannable', reason: 'too-large' });
  });

  test('its limits and what is encrypted are no malware', async () => {
    expect(await scan(tcp(clamd.port), Buffer.alloc(900_000))).toEqual({ found: 'unscannable', reason: 'too-large' });
  });
});

describe('a clamd that misbehaves', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  async function answering(answer: (socket: Socket, asked: string) => void): Promise<ClamdAddress> {
    server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.on('data', (bytes) => answer(socket, bytes.toString('latin1').split('\0', 1)[0] ?? ''));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    return tcp((server.address() as { port: number }).port);
  }
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server?.close();
  });

  test.each([
    ['an error', 'stream: Cannot allocate memory ERROR\0', 'response'],
    ['something else', 'HTTP/1.1 400 Bad Request\0', 'response'],
    ['no end', 'x'.repeat(20_000), 'response'],
    ['nothing, and the connection is closed', '', 'reset'],
    ['a cut reply', 'stream: O', 'reset'],
  ])('that says %s has failed', async (_, reply, kind) => {
    const to = await answering((socket) => socket.end(reply));
    expect(await failure(scan(to, Buffer.from('x')))).toBe(kind);
  });

  test('that is not there, on either way, has failed', async () => {
    expect(await failure(scan(tcp(await freePort()), Buffer.from('x')))).toBe('refused');
    expect(await failure(scan(unix('/nonexistent/clamd'), Buffer.from('x')))).toBe('refused');
  });

  test('that hangs is given up, and the connection with it', async () => {
    const abort = new AbortController();
    const to = await answering(() => abort.abort());
    expect(await failure(scan(to, Buffer.alloc(5_000_000), abort.signal))).toBe('timeout');
    expect(await failure(scan(to, Buffer.from('x'), AbortSignal.abort()))).toBe('timeout');
    await expect.poll(() => [...sockets].every(({ destroyed }) => destroyed)).toBe(true);
  });

  test('that breaks off a long stream twice, and answers PING, has had too much of it', async () => {
    let streams = 0;
    const to = await answering((socket, asked) => {
      if (asked === 'zPING') return socket.end('PONG\0');
      if (asked === 'zVERSION') return socket.end('ClamAV 1\0');
      if (asked === 'zINSTREAM') streams++;
      return socket.destroy();
    });
    expect(await scan(to, Buffer.alloc(300_000))).toEqual({ found: 'unscannable', reason: 'too-large' });
    expect(streams).toBe(2);
  });

  test('that breaks off a long stream, and then answers nothing, has failed', async () => {
    const to = await answering((socket) => socket.destroy());
    expect(await failure(scan(to, Buffer.alloc(300_000)))).toBe('reset');
  });

  test('that was restarted in the middle of a long stream is asked once more', async () => {
    let streams = 0;
    const to = await answering((socket, asked) => {
      if (asked === 'zINSTREAM' && ++streams === 1) return void socket.destroy();
      if (streams === 2) socket.end('stream: OK\0');
    });
    expect(await scan(to, Buffer.alloc(300_000))).toEqual({ found: 'nothing' });
  });
});
