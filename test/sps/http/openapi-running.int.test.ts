import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/http/hashed-secrets.ts';
import { openApiDocument } from '../../../src/sps/http/openapi.ts';
import { addResources, type ResourceOptions } from '../../../src/sps/http/resources.ts';
import { createServer } from '../../../src/sps/http/server.ts';
import {
  issueAuthority,
  issueClientCertificate,
  type KeyAndCertificate,
} from '../../../src/sps/identity/certificate.ts';
import { type Sps, startSps } from '../../../src/sps/sps.ts';
import { type OpenApiDocument, openApiCheck } from '../../support/openapi-check.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const json = { 'content-type': 'application/json' };
const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApiDocument;
const openApi = openApiCheck(document);
let folder: string;
let open: Sps;
let guarded: Sps;
let stranger: KeyAndCertificate;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const authority = await issueAuthority(Date.now());
  stranger = await issueClientCertificate(await issueAuthority(Date.now()), 'stranger', 1, Date.now());
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  open = await startSps({ folder: join(folder, 'open'), host: '127.0.0.1', port: 0 });
  guarded = await startSps({
    ...{ folder: join(folder, 'guarded'), host: '127.0.0.1', port: 0 },
    clientCaFile: file('clients.pem', authority.certificate),
    clientKeysFile: file('keys', `slow ${digestOf('slow').toString('hex')} hashes-per-second=1 burst=1\n`),
  });
});
afterAll(async () => {
  await open.close();
  await guarded.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  sps?: Sps;
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  certificate?: KeyAndCertificate;
}

/** Asks, and has the answer checked against the document. */
async function ask({ sps = open, method = 'GET', path, headers = {}, body, certificate }: Asked) {
  const shown = certificate && { cert: certificate.certificate, key: certificate.key };
  const dispatcher = new Agent({ connect: { ca: readFileSync(sps.caFile), ...shown } });
  const url = `https://127.0.0.1:${sps.port}${path}`;
  const answer = await request(url, { dispatcher, method, headers, ...(body !== undefined && { body }) });
  const content = Buffer.from(await answer.body.arrayBuffer());
  await dispatcher.close();
  openApi.check({ method, path, status: answer.statusCode, headers: answer.headers, body: content });
  return { status: answer.statusCode, headers: answer.headers, content };
}

const post = (path: string, body: unknown, more: Partial<Asked> = {}) =>
  ask({ method: 'POST', path, headers: json, body: typeof body === 'string' ? body : JSON.stringify(body), ...more });

/** The files that the manifests name: some component has some. */
async function someFile(): Promise<string> {
  const { content } = await ask({ path: '/v1/components/filter.json' });
  const { payload } = JSON.parse(content.toString());
  return `/v1/components/filter/files/${JSON.parse(Buffer.from(payload, 'base64').toString()).files[0].sha256}`;
}

describe('the running server answers as the document says', () => {
  test('queries', async () => {
    const { content } = await post('/v1/query', { hashes: [eicar, 'f'.repeat(64)] });
    expect(JSON.parse(content.toString()).answers[0]).toMatchObject({
      verdict: 'malicious',
      source: expect.any(String),
    });
    expect((await post('/v1/prefixes', { prefixes: [eicar.slice(0, 8), 'ffffffff'] })).status).toBe(200);
    for (const path of ['/v1/query', '/v1/prefixes']) {
      expect((await post(path, '{')).status).toBe(400);
      expect((await post(path, {})).status).toBe(400);
      expect((await post(path, ' '.repeat(200_000))).status).toBe(413);
      expect((await post(path, 'hashes', { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    }
  });

  test('filter and health', async () => {
    const { headers } = await ask({ path: '/v1/filter' });
    const again = { 'if-none-match': String(headers.etag) };
    expect((await ask({ path: '/v1/filter', headers: again })).status).toBe(304);
    expect((await ask({ path: '/v1/health' })).status).toBe(200);
  });

  test.each(['smart', 'filter', 'agent', 'conventional'])('component %s', async (name) => {
    const path = `/v1/components/${name}.json`;
    const { status, headers } = await ask({ path });
    expect(status).toBe(200);
    expect((await ask({ path, headers: { 'if-none-match': String(headers.etag) } })).status).toBe(304);
  });

  test('files of components, whole and in parts; what is not there', async () => {
    const path = await someFile();
    expect((await ask({ path })).status).toBe(200);
    expect((await ask({ path, headers: { range: 'bytes=1-5' } })).content).toHaveLength(5);
    expect((await ask({ path, headers: { range: 'bytes=999999999-' } })).status).toBe(416);
    expect((await ask({ path: '/v1/components/other.json' })).status).toBe(404);
    expect((await ask({ path: `/v1/components/filter/files/${'0'.repeat(64)}` })).status).toBe(404);
  });

  test('a failure of the server', async () => {
    const broken = await startSps({ folder: join(folder, 'broken'), host: '127.0.0.1', port: 0 });
    rmSync(join(folder, 'broken', 'products'), { recursive: true });
    expect((await ask({ sps: broken, path: '/v1/filter' })).status).toBe(500);
    await broken.close();
  });

  test('who may not ask, and who asks too much, by every operation', async () => {
    const file = await someFile();
    for (const operation of openApi.operations) {
      const [method = '', template = ''] = operation.split(' ');
      const path = template
        .replace('{component}/files/{sha256}', file.split('/').slice(3).join('/'))
        .replace('{component}', 'agent');
      const asked = {
        sps: guarded,
        path,
        method: method as 'GET' | 'POST',
        headers: json,
        ...(method === 'POST' && { body: '{}' }),
      };
      expect([operation, (await ask(asked)).status]).toEqual([operation, 401]);
      expect([operation, (await ask({ ...asked, certificate: stranger })).status]).toEqual([operation, 403]);
      const slow = { ...asked, headers: { ...json, authorization: 'Bearer slow' } };
      const statuses = [(await ask(slow)).status, (await ask(slow)).status];
      expect([operation, statuses.at(-1)]).toEqual([operation, 429]);
    }
  });
});

test('every answer of the document was seen', () => {
  expect(openApi.described.filter((each) => !openApi.seen.has(each))).toEqual([]);
});

test('every route is in the document, and the other way round', async () => {
  const { key, certificate } = await issueAuthority(Date.now());
  const app = createServer({ identity: { key, certificate }, clientAuthorities: undefined }, () => {});
  const routes = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.add(`${each} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  addResources(app, { queries: {} } as ResourceOptions);
  await app.close();
  expect([...routes].sort()).toEqual([...openApi.operations].sort());
});

test.each([
  ['another status', { status: 418 }, /418/],
  ['another type', { headers: { 'content-type': 'text/plain' } }, /text\/plain/],
  ['a field that is missing', { body: Buffer.from('{"status":"ok"}') }, /patternId/],
  ['another path', { path: '/v2/health' }, /in no operation/],
])('the check itself refuses %s', (_, wrong, message) => {
  const body = Buffer.from('{"status":"ok","patternId":"p","patternVersion":"1"}');
  const good = {
    method: 'GET',
    path: '/v1/health',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body,
  };
  expect(() => openApiCheck(document).check(good)).not.toThrow();
  expect(() => openApiCheck(document).check({ ...good, ...wrong })).toThrow(message);
});
