import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ComponentManifest,
  Envelope,
  envelopePath,
  manifestType,
  packagedComponents,
  packageFilePath,
} from '../../../src/sps/protocol/component-package.ts';
import { type Sps, startSps } from '../../../src/sps/sps.ts';

let folder: string;
let sps: Sps;
let agent: Agent;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'components-'));
  sps = await startSps({ folder, host: '127.0.0.1', port: 0, componentMinWaitSeconds: 77 });
  agent = new Agent({ connect: { ca: readFileSync(sps.caFile) } });
});
afterAll(async () => {
  await agent.close();
  await sps.close();
  rmSync(folder, { recursive: true });
});

async function get(path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
  const answer = await request(`https://127.0.0.1:${sps.port}${path}`, { dispatcher: agent, headers, method });
  return { status: answer.statusCode, headers: answer.headers, content: Buffer.from(await answer.body.arrayBuffer()) };
}
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
async function manifestOf(component: (typeof packagedComponents)[number]): Promise<ComponentManifest> {
  const { payload } = JSON.parse((await get(envelopePath(component))).content.toString());
  return JSON.parse(Buffer.from(payload, 'base64').toString());
}

describe.each(packagedComponents)('%s', (component) => {
  test('is a signed manifest of the form that the contract has', async () => {
    const { status, headers, content } = await get(envelopePath(component));
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    const envelope = JSON.parse(content.toString());
    expect([...Compile(Envelope).Errors(envelope)]).toEqual([]);
    const payload = Buffer.from(envelope.payload, 'base64');
    const pae = Buffer.concat([
      Buffer.from(`DSSEv1 ${manifestType.length} ${manifestType} ${payload.length} `),
      payload,
    ]);
    const key = createPublicKey(readFileSync(join(folder, 'signing-key.pub.pem')));
    expect(verify(null, pae, key, Buffer.from(envelope.signatures[0].sig, 'base64'))).toBe(true);
    const manifest = JSON.parse(payload.toString());
    expect([...Compile(ComponentManifest).Errors(manifest)]).toEqual([]);
    expect(manifest).toMatchObject({ component, patternId: 'sekisho', minWaitSeconds: 77 });
    expect(manifest.version.startsWith(`${manifest.number}-`)).toBe(true);
    expect(headers.etag).toBe(`"${manifest.version}"`);
  });

  test('is not sent to who has it', async () => {
    const { version } = await manifestOf(component);
    const again = await get(envelopePath(component), { 'if-none-match': `"other", W/"${version}"` });
    expect([again.status, again.content.length]).toEqual([304, 0]);
  });

  test('has its files under their SHA-256, for ever the same', async () => {
    const { files } = await manifestOf(component);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { status, headers, content } = await get(packageFilePath(component, file.sha256));
      expect([status, content.length, sha256(content)]).toEqual([200, file.size, file.sha256]);
      expect(headers).toMatchObject({ etag: `"${file.sha256}"`, 'accept-ranges': 'bytes' });
      expect(headers['cache-control']).toContain('immutable');
    }
  });
});

describe('a part of a file', () => {
  async function wholeFilter() {
    const [file] = (await manifestOf('filter')).files;
    const path = packageFilePath('filter', file?.sha256 ?? '');
    return { path, tag: `"${file?.sha256}"`, whole: (await get(path)).content };
  }

  test('goes on where a download broke off', async () => {
    const { path, whole } = await wholeFilter();
    const { status, headers, content } = await get(path, { range: 'bytes=1000-' });
    expect([status, headers['content-range']]).toEqual([206, `bytes 1000-${whole.length - 1}/${whole.length}`]);
    expect(content.equals(whole.subarray(1000))).toBe(true);
    const middle = await get(path, { range: 'bytes=5-9' });
    expect(middle.content.equals(whole.subarray(5, 10))).toBe(true);
  });

  test('is not given of another file than the one that was begun, or beyond the end', async () => {
    const { path, tag, whole } = await wholeFilter();
    expect((await get(path, { range: 'bytes=1000-', 'if-range': '"other"' })).status).toBe(200);
    expect((await get(path, { range: 'bytes=1000-', 'if-range': tag })).status).toBe(206);
    const beyond = await get(path, { range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${whole.length}`]);
  });

  test('HEAD says how much there is', async () => {
    const { path, whole } = await wholeFilter();
    const { status, headers, content } = await get(path, {}, 'HEAD');
    expect([status, headers['content-length'], content.length]).toEqual([200, String(whole.length), 0]);
  });
});

test.each([
  '/v1/components',
  '/v1/components/other.json',
  '/v1/components/filter',
  '/v1/components/__proto__.json',
  '/v1/components/constructor/files/x',
  `/v1/components/filter/files/${'0'.repeat(64)}`,
  '/v1/components/filter/files/..%2f..%2fsigning-key.pem',
  '/v1/components/filter/files/../../signing-key.pem',
])('%s is not there', async (path) => {
  expect((await get(path)).status).toBe(404);
});

test('a file of one component is not one of another', async () => {
  const [file] = (await manifestOf('smart')).files;
  expect((await get(packageFilePath('filter', file?.sha256 ?? ''))).status).toBe(404);
});
