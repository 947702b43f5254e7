import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256Of } from '../../../src/adapters/sps-client/digest.ts';
import { createSpsClient } from '../../../src/adapters/sps-client/sps-client.ts';
import { createUpdateSource, type UpdateSourceOptions } from '../../../src/adapters/sps-client/update-source.ts';
import { patternFilesMax } from '../../../src/sps/protocol/protocol.ts';
import { type Sps, startSps } from '../../../src/sps/sps.ts';

const never = new AbortController().signal;
const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

describe('with our own server', () => {
  let folder: string;
  let sps: Sps;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'update-source-'));
    sps = await startSps({ folder, host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await sps.close();
    rmSync(folder, { recursive: true });
  });

  test('a pattern comes with its files, and is unchanged for the same version', async () => {
    const source = createUpdateSource({ url: `https://127.0.0.1:${sps.port}`, caFile: sps.caFile, now: () => 42 });
    const found = await source.pattern('agent', undefined, never);
    if (found === 'unchanged') throw new Error('unchanged');
    expect(found.fetchedAtMs).toBe(42);
    expect(found.files.map(({ name }) => name.replace(/^.*\./, ''))).toEqual(['hdb', 'hsb']);
    expect(found.files.every(({ content, sha256 }) => sha256Of(content) === sha256)).toBe(true);
    expect(Buffer.concat(found.files.map(({ content }) => content)).toString()).toContain(eicar);
    expect(await source.pattern('agent', found.version, never)).toBe('unchanged');
    await source.close();
  });

  test('D13, D16: connection, canary query and filter work', async () => {
    const client = createSpsClient({ caFile: sps.caFile });
    const server = { id: 'sps', host: '127.0.0.1', port: sps.port };
    await client.connect(server, never);
    const answer = await client.query(server, [eicar], never);
    expect(answer.answers).toMatchObject([{ sha256: eicar, verdict: 'malicious' }]);
    const filter = await client.filter(server, undefined, never);
    expect(filter).toMatchObject({ version: answer.patternVersion, patternId: answer.patternId });
    expect(await client.filter(server, answer.patternVersion, never)).toBe('unchanged');
    await client.close();
  });
});

describe('with any web server', () => {
  let server: Server;
  let url: string;
  /** Path → answer; a string is sent as JSON. */
  const files = new Map<string, Buffer | object | number>();
  const content = Buffer.from(`${eicar}:68:Eicar\n`);
  const file = { name: 'a.hsb', size: content.length, sha256: sha256Of(content) };
  const manifest = (change: object = {}) => ({ name: 'agent', version: '7', files: [file], ...change });
  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = files.get(request.url ?? '') ?? 404;
      if (typeof answer === 'number') return response.writeHead(answer).end();
      if (Buffer.isBuffer(answer)) return response.end(answer);
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    files.clear();
    files.set('/mirror/v1/patterns/agent', manifest());
    files.set('/mirror/v1/patterns/agent/a.hsb', content);
  });

  async function fetchPattern(options: Partial<UpdateSourceOptions> = {}, version?: string) {
    const source = createUpdateSource({ url, ...options });
    try {
      return await source.pattern('agent', version, never);
    } finally {
      await source.close();
    }
  }

  test('http and a folder will do; the same version is unchanged without an ETag', async () => {
    expect(await fetchPattern()).toMatchObject({ version: '7', files: [{ name: 'a.hsb', content }] });
    expect(await fetchPattern({}, '7')).toBe('unchanged');
  });

  const twice = [file, file];
  test.each<[string, string, Buffer | object | number, string, RegExp]>([
    ['a missing manifest', 'agent', 404, 'status', /404/],
    ['a manifest that is too long', 'agent', { x: 'y'.repeat(70_000) }, 'response', /longer than 65536/],
    [
      'a manifest of another pattern',
      'agent',
      manifest({ name: 'conventional' }),
      'response',
      /conventional, not agent/,
    ],
    ['a manifest without version', 'agent', manifest({ version: undefined }), 'response', /malformed/],
    [
      'a file name that leads elsewhere',
      'agent',
      manifest({ files: [{ ...file, name: '../../x.hdb' }] }),
      'response',
      /malformed/,
    ],
    ['a file that is named twice', 'agent', manifest({ files: twice }), 'response', /twice/],
    ['too many files', 'agent', manifest({ files: Array(patternFilesMax + 1).fill(file) }), 'response', /malformed/],
    [
      'a pattern that is too large',
      'agent',
      manifest({ files: [{ ...file, size: 2000 }] }),
      'response',
      /larger than 1000/,
    ],
    ['a missing file', 'agent/a.hsb', 404, 'status', /404/],
    ['a changed file', 'agent/a.hsb', Buffer.from(content.toString().toUpperCase()), 'response', /not what/],
    ['a cut file', 'agent/a.hsb', content.subarray(1), 'response', /not what/],
    ['a file that is too long', 'agent/a.hsb', Buffer.concat([content, content]), 'response', /longer than/],
    ['a server that is too busy', 'agent', 429, 'throttled', /429/],
    ['a server that wants a password', 'agent', 401, 'credentials', /401/],
  ])('%s is a failure', async (_, path, answer, kind, message) => {
    files.set(`/mirror/v1/patterns/${path}`, answer);
    await expect(fetchPattern({ patternBytesMax: 1000 })).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });
});
