import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ComponentAtHand, ComponentDownload } from '../../../src/actors/ports/components.ts';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';
import { createUpdateSource, type UpdateSourceOptions } from '../../../src/adapters/update-source/update-source.ts';
import type { ComponentName } from '../../../src/events/command.ts';
import { encodeDelta } from '../../../src/sps/distribution/encode-delta.ts';
import { type Fault, PackageServer } from '../../support/package-server.ts';
import { newSigner, type PackageWish, sealed, sha256, signedPackage } from '../../support/packages.ts';

const never = new AbortController().signal;
const nothing: ComponentAtHand = { versions: [], files: [] };
const signer = newSigner();
let server: PackageServer;
let folder: string;
let keysFile: string;

beforeAll(async () => {
  server = await PackageServer.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'update-source-'));
  keysFile = join(folder, 'keys.pem');
  await writeFile(keysFile, signer.pem);
  server.packages.clear();
  server.faults = [];
  server.envelope = undefined;
  server.onFile = () => {};
  server.hasVersionTags = true;
  server.requests.length = 0;
  server.fileBytes = 0;
});
afterEach(() => rm(folder, { recursive: true }));

function open(options: Partial<UpdateSourceOptions> = {}) {
  const bytesMax = { agent: 10_000_000, conventional: 10_000_000, filter: 10_000_000 };
  return createUpdateSource({
    ...{ url: server.url, caFile: server.caFile, keysFile, folder: join(folder, 'updates') },
    ...{ bytesMax, freeBytesMin: 0, now: () => 42, ...options },
  });
}

async function fetch(
  atHand: ComponentAtHand = nothing,
  options: Partial<UpdateSourceOptions> = {},
  component: ComponentName = 'agent',
  signal = never,
): Promise<ComponentDownload | 'unchanged'> {
  const source = open(options);
  try {
    return await source.fetch(component, atHand, signal);
  } finally {
    await source.close();
  }
}

const failing = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );

/** The files of a download by name. */
async function contents(found: ComponentDownload | 'unchanged'): Promise<Record<string, Buffer>> {
  if (found === 'unchanged') throw new Error('unchanged');
  return Object.fromEntries(await Promise.all(found.files.map(async ({ name, path }) => [name, await readFile(path)])));
}

const signatures = randomBytes(300_000);
const files = { 'a.hsb': signatures, 'b.yar': Buffer.from('rule x { condition: false }') };
const serve = (wish: Partial<PackageWish> = {}, ...signers: (typeof signer)[]) => {
  const made = signedPackage(
    { component: 'agent', number: 5, files, ...wish },
    ...(signers.length > 0 ? signers : [signer]),
  );
  server.packages.set(wish.component ?? 'agent', made);
  return made;
};
const updates = () => readdir(join(folder, 'updates/agent'));

describe('a package', () => {
  test('comes with all its files, verified; it is unchanged for the same version', async () => {
    const { manifest } = serve();
    const found = await fetch();
    const { version } = manifest;
    expect(found).toMatchObject({ component: 'agent', version, number: 5, patternId: 'sekisho', fetchedAtMs: 42 });
    expect(await contents(found)).toEqual(files);
    server.requests.length = 0;
    expect(await fetch({ versions: [version], files: [] })).toBe('unchanged');
    expect(server.requests).toEqual(['/v1/components/agent.json']);
    expect(await updates()).toEqual(['highest-seen.json']);
  });

  test('may lie in a folder of a web server that has entity tags of its own', async () => {
    const { manifest } = serve();
    server.hasVersionTags = false;
    const url = `${server.url}/mirror/`;
    expect(await contents(await fetch(nothing, { url }))).toEqual(files);
    expect(server.requests[0]).toBe('/mirror/v1/components/agent.json');
    expect(await fetch({ versions: ['1-000000000000', manifest.version], files: [] }, { url })).toBe('unchanged');
  });

  test('an empty file is none to ask for', async () => {
    serve({ files: { 'a.hsb': Buffer.alloc(0) } });
    expect(await contents(await fetch())).toEqual({ 'a.hsb': Buffer.alloc(0) });
  });

  test('a file that is there already is not fetched, be it in use or from a fetch before', async () => {
    serve();
    const path = join(folder, 'in-use');
    await writeFile(path, signatures);
    const atHand = { versions: ['4-aaaaaaaaaaaa'], files: [{ name: 'x.hsb', path, sha256: sha256(signatures) }] };
    expect(await contents(await fetch(atHand))).toEqual(files);
    expect(server.fileBytes).toBe(files['b.yar'].length);
    await fetch(atHand);
    expect(server.fileBytes).toBe(files['b.yar'].length);
    // One that was damaged since then is not believed.
    await truncate(path, 1000);
    expect(await contents(await fetch(atHand))).toEqual(files);
  });

  test('of a version before, what was downloaded goes', async () => {
    serve();
    await fetch();
    serve({ number: 6, files: { 'a.hsb': randomBytes(1000) } });
    await fetch();
    expect(await updates()).toHaveLength(2);
  });
});

describe('who signed', () => {
  test('any of the trusted keys will do, and several signatures are no harm', async () => {
    const [next, stranger] = [newSigner(), newSigner()];
    serve({}, stranger, next);
    await writeFile(keysFile, `# of our server\n${signer.pem}\n${next.pem}`);
    expect(await contents(await fetch())).toEqual(files);
  });

  test('a stranger: wrongly-signed, and nothing of it is looked at', async () => {
    const stranger = newSigner();
    serve({ component: 'agent', change: { number: -1 } }, stranger);
    const error = await failing(fetch());
    expect(error).toMatchObject({ name: 'ComponentRefused', kind: 'wrongly-signed' });
    expect(error.message).toContain(stranger.id);
    expect(error.message).toContain(signer.id);
    expect(server.requests).toHaveLength(1);
  });

  test('a manifest that was changed after it was signed: wrongly-signed', async () => {
    const { envelope, manifest } = serve();
    const parsed = JSON.parse(envelope.toString());
    parsed.payload = Buffer.from(JSON.stringify({ ...manifest, number: 6 })).toString('base64');
    server.envelope = Buffer.from(JSON.stringify(parsed));
    expect(await failing(fetch())).toMatchObject({ kind: 'wrongly-signed' });
  });

  test('a good signature for something of another type: wrongly-signed', async () => {
    const { manifest } = serve();
    const other = JSON.parse(sealed(JSON.stringify(manifest), [signer], 'text/plain').toString());
    server.envelope = Buffer.from(
      JSON.stringify({ ...other, payloadType: JSON.parse(String(serve().envelope)).payloadType }),
    );
    expect(await failing(fetch())).toMatchObject({ kind: 'wrongly-signed' });
  });

  test.each<[string, string | undefined, RegExp]>([
    ['no file of keys', undefined, /keys\.pem is not there/],
    ['a file without keys', 'nothing', /holds no public key/],
    ['a key of another kind', '', /is rsa, not Ed25519/],
    ['rubbish in the shape of a key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /cannot be used/],
  ])('%s: no-key, and nobody is asked', async (what, text, message) => {
    serve();
    const { generateKeyPairSync } = await import('node:crypto');
    const rsa = () =>
      String(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }));
    if (text === undefined) await rm(keysFile);
    else await writeFile(keysFile, what.startsWith('a key of another') ? rsa() : text);
    expect(await failing(fetch())).toMatchObject({ kind: 'no-key', message: expect.stringMatching(message) });
    expect(server.requests).toEqual([]);
  });
});

describe('what a signed manifest says', () => {
  test.each<[string, Partial<PackageWish>, string, RegExp]>([
    ['another component', { change: { component: 'conventional' } }, 'malformed', /conventional, not agent/],
    [
      'a number that is not its version',
      { change: { version: '4-aaaaaaaaaaaa' } },
      'malformed',
      /has not the number 5/,
    ],
    ['no pattern id', { change: { patternId: '' } }, 'malformed', /patternId/],
    ['a file name that leads elsewhere', { files: { '../a.hsb': signatures } }, 'malformed', /files\/0\/name/],
    ['two files of one name', { files: { 'a.hsb': signatures, 'A.hsb': signatures } }, 'malformed', /a file twice/],
    ['a filter among the files of a pattern', { files: { 'a.bloom': signatures } }, 'malformed', /cannot be: bloom/],
    ['files that are too large together', {}, 'too-large', /300027 bytes are more than the allowed 300000/],
  ])('%s is refused before anything is downloaded', async (_, wish, kind, message) => {
    serve(wish);
    const error = await failing(fetch(nothing, { bytesMax: { agent: 300_000, conventional: 0, filter: 0 } }));
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Buffer, object]>([
    ['no JSON', Buffer.from('<html>'), { kind: 'corrupted' }],
    ['no envelope', Buffer.from('{}'), { kind: 'corrupted' }],
    ['a signed text', sealed('hello', [signer]), { kind: 'malformed', message: 'the manifest is not JSON' }],
    ['more than an envelope may have', Buffer.alloc(300_000, ' '), { name: 'ReputationFailure', kind: 'response' }],
  ])('%s is refused', async (_, envelope, expected) => {
    serve();
    server.envelope = envelope;
    expect(await failing(fetch())).toMatchObject(expected);
  });

  test('a filter is one file', async () => {
    const bloom = { 'filter.bloom': signatures };
    serve({ component: 'filter', files: { ...bloom, 'b.bloom': signatures } });
    expect(await failing(fetch(nothing, {}, 'filter'))).toMatchObject({ kind: 'malformed' });
    serve({ component: 'filter', files: bloom });
    expect(await contents(await fetch(nothing, {}, 'filter'))).toEqual(bloom);
  });

  test('a folder that cannot be made or written is trouble of ours', async () => {
    serve();
    await writeFile(join(folder, 'updates'), 'a file');
    expect(await failing(fetch())).toMatchObject({ name: 'ComponentRefused', kind: 'not-stored' });
    await rm(join(folder, 'updates'));
    await mkdir(join(folder, 'updates/agent/highest-seen.json.new/x'), { recursive: true });
    expect(await failing(fetch())).toMatchObject({ name: 'ComponentRefused', kind: 'not-stored' });
  });

  test('a disk without room: disk-full before anything is downloaded', async () => {
    serve();
    const error = await failing(fetch(nothing, { freeBytesMin: 1e15 }));
    expect(error).toMatchObject({ kind: 'disk-full', message: expect.stringContaining('300027 bytes are needed') });
    expect(server.requests).toHaveLength(1);
  });
});

describe('an older version', () => {
  test('is refused though its signature is good, also after a restart', async () => {
    serve({ number: 6 });
    await fetch();
    serve({ number: 5 });
    const error = await failing(fetch({ versions: ['6-aaaaaaaaaaaa'], files: [] }));
    expect(error).toMatchObject({
      kind: 'replayed-older',
      message: expect.stringMatching(/^version 5-\w+ is older than 6-/),
    });
    serve({ number: 7 });
    expect(await fetch()).toMatchObject({ number: 7 });
  });

  test('so is another one of the same number; the same one may come again', async () => {
    serve({ number: 6 });
    await fetch();
    await fetch();
    serve({ number: 6, files: { 'a.hsb': randomBytes(100) } });
    expect(await failing(fetch())).toMatchObject({
      kind: 'replayed-older',
      message: expect.stringContaining('same number'),
    });
  });

  test('each component has numbers of its own, and each key: two servers may be filled apart', async () => {
    const other = newSigner();
    await writeFile(keysFile, signer.pem + other.pem);
    serve({ number: 6 });
    await fetch();
    serve({ number: 2, component: 'conventional' });
    expect(await fetch(nothing, {}, 'conventional')).toMatchObject({ number: 2 });
    serve({ number: 3 }, other);
    expect(await fetch()).toMatchObject({ number: 3 });
    serve({ number: 2 }, other);
    expect(await failing(fetch())).toMatchObject({ kind: 'replayed-older' });
  });

  test('while a key is replaced, both sign, and the count of either holds', async () => {
    const next = newSigner();
    await writeFile(keysFile, signer.pem + next.pem);
    serve({ number: 6 }, signer, next);
    await fetch();
    await writeFile(keysFile, next.pem);
    serve({ number: 5 }, signer, next);
    expect(await failing(fetch())).toMatchObject({ kind: 'replayed-older' });
  });

  test('a damaged record is told, and nothing is taken', async () => {
    serve({ number: 6 });
    await fetch();
    await writeFile(join(folder, 'updates/agent/highest-seen.json'), '{');
    expect(await failing(fetch())).toMatchObject({
      kind: 'not-stored',
      message: expect.stringContaining('is damaged'),
    });
  });
});

describe('a download', () => {
  const large = sha256(signatures);
  const wholePath = () => join(folder, 'updates/agent', large);

  test.each<[string, (Fault | undefined)[], string]>([
    ['that is cut goes on where it was', [{ cutAfter: 100_000 }], 'all rest'],
    ['that is cut again and again goes on', Array(2).fill({ cutAfter: 100_000 }), 'all rest rest'],
    ['from a server without ranges begins anew', [{ cutAfter: 100_000 }, 'no-ranges'], 'all rest'],
    ['whose rest is refused begins anew', [{ cutAfter: 100_000 }, 416], 'all rest all'],
    ['of pieces that do not fit comes once more', [{ cutAfter: 100_000 }, { flip: 5 }], 'all rest all'],
  ])('%s', async (_, faults, asked) => {
    serve({ files: { 'a.hsb': signatures } });
    server.faults = faults;
    expect(await contents(await fetch())).toEqual({ 'a.hsb': signatures });
    const kinds = server.requests.slice(1).map((request) => (/ bytes=[1-9]\d*-$/.test(request) ? 'rest' : 'all'));
    expect(kinds.join(' ')).toBe(asked);
  });

  test('that breaks off for good is interrupted; the next fetch asks for the rest only', async () => {
    serve({ files: { 'a.hsb': signatures } });
    server.faults = [{ cutAfter: 200_000 }, { cutAfter: 0 }];
    const error = await failing(fetch());
    expect(error).toMatchObject({ kind: 'interrupted', message: expect.stringMatching(/^\d+ of 300000 bytes/) });
    // What is still on its way when a connection breaks is lost.
    const came = (await readFile(`${wholePath()}.part`)).length;
    expect(came).toBeGreaterThan(0);
    server.fileBytes = 0;
    expect(await contents(await fetch())).toEqual({ 'a.hsb': signatures });
    expect(server.requests.at(-1)).toBe(`/v1/components/agent/files/${large} bytes=${came}-`);
    expect(server.fileBytes).toBe(300_000 - came);
  });

  test('whose time is over keeps what came', async () => {
    serve({ files: { 'a.hsb': signatures } });
    server.faults = [{ hangAfter: 200_000 }];
    const abort = new AbortController();
    const fetching = failing(fetch(nothing, {}, 'agent', abort.signal));
    const isThere = async () => (await readFile(`${wholePath()}.part`).catch(() => Buffer.alloc(0))).length === 200_000;
    await expect.poll(isThere, { timeout: 10_000 }).toBe(true);
    abort.abort();
    expect(await fetching).toMatchObject({ name: 'ReputationFailure', kind: 'timeout' });
    await fetch();
    expect(server.fileBytes).toBe(300_000);
  });

  test.each<[string, (Fault | undefined)[], object]>([
    ['a changed byte', [{ flip: 1000 }], { kind: 'corrupted', message: expect.stringContaining('another content') }],
    ['too little', [{ short: 1000 }], { kind: 'corrupted', message: expect.stringContaining('shorter') }],
    ['too much', ['long'], { kind: 'corrupted', message: expect.stringContaining('longer') }],
    [
      'too much after all',
      [{ cutAfter: 200_000 }, 'long'],
      { kind: 'corrupted', message: expect.stringContaining('longer') },
    ],
    [
      'another range',
      [{ cutAfter: 200_000 }, 'other-range'],
      { kind: 'corrupted', message: expect.stringContaining('another range') },
    ],
    ['nothing at all', [404], { name: 'ReputationFailure', kind: 'status' }],
    ['an error', [500], { name: 'ReputationFailure', kind: 'status' }],
    ['the wish to be left alone', [{ cutAfter: 1000 }, 429], { name: 'ReputationFailure', kind: 'throttled' }],
  ])('%s is a failure that leaves nothing wrong behind: the next fetch succeeds', async (_, faults, expected) => {
    serve({ files: { 'a.hsb': signatures } });
    server.faults = faults;
    expect(await failing(fetch())).toMatchObject(expected);
    expect(await contents(await fetch())).toEqual({ 'a.hsb': signatures });
  });

  test('a package that is replaced in the middle fails, and the next fetch takes the new one', async () => {
    serve();
    server.faults = [{ cutAfter: 200_000 }];
    const next = { 'a.hsb': randomBytes(50_000) };
    server.onFile = () => {
      if (server.faults.length === 0) serve({ number: 6, files: next });
    };
    const source = open();
    expect(await failing(source.fetch('agent', nothing, never))).toMatchObject({ kind: 'status' });
    expect(await contents(await source.fetch('agent', nothing, never))).toEqual(next);
    await source.close();
  });
});

describe('a delta', () => {
  const before = Buffer.from(Array.from({ length: 5000 }, () => `${randomBytes(32).toString('hex')}:1:x\n`).join(''));
  const after = Buffer.concat([before, Buffer.from(`${randomBytes(32).toString('hex')}:1:new\n`)]);
  let atHand: ComponentAtHand;

  /** A new version with a way up from the one in use. */
  async function serveDelta(change: (content: Buffer) => Buffer = (content) => content): Promise<Buffer> {
    const paths = { before: join(folder, 'before'), after: join(folder, 'after') };
    await writeFile(paths.before, before);
    await writeFile(paths.after, after);
    atHand = {
      versions: ['4-aaaaaaaaaaaa'],
      files: [{ name: 'old.hsb', path: paths.before, sha256: sha256(before) }],
    };
    const made = encodeDelta(paths.before, paths.after, 'zstd');
    if (made === undefined) throw new Error('no delta');
    const content = change(made.content);
    serve({ files: { 'a.hsb': after }, deltas: [{ method: 'zstd', from: before, to: after, content }] });
    return content;
  }

  test('is fetched instead of the file where it is smaller', async () => {
    const delta = await serveDelta();
    expect(delta.length).toBeLessThan(after.length / 10);
    expect(await contents(await fetch(atHand))).toEqual({ 'a.hsb': after });
    expect(server.fileBytes).toBe(delta.length);
  });

  test('of bits makes a filter', async () => {
    const sizes = { capacity: 100_000, falsePositiveRate: 0.001 };
    const keys = Array.from({ length: 1000 }, (_, number) => `${number}`);
    const [old, next] = [buildFilter({ keys, ...sizes }), buildFilter({ keys: [...keys, 'new'], ...sizes })];
    const paths = { old: join(folder, 'old'), next: join(folder, 'next') };
    await writeFile(paths.old, old);
    await writeFile(paths.next, next);
    const made = encodeDelta(paths.old, paths.next, 'bits');
    if (made === undefined) throw new Error('no delta');
    const deltas = [{ method: made.method, from: old, to: next, content: made.content }];
    serve({ component: 'filter', files: { 'f.bloom': next }, deltas });
    const files = [{ name: 'f.bloom', path: paths.old, sha256: sha256(old) }];
    expect(await contents(await fetch({ versions: [], files }, {}, 'filter'))).toEqual({ 'f.bloom': next });
    expect(server.fileBytes).toBe(made.content.length);
    expect(made.content.length).toBeLessThan(next.length / 100);
  });

  test.each<[string, (content: Buffer) => Buffer, (Fault | undefined)[]]>([
    ['that comes to something else', () => encodedOther(), []],
    ['that is rubbish', () => randomBytes(1000), []],
    ['that comes damaged', (content) => content, [{ flip: 20 }]],
    ['that is gone', (content) => content, [404]],
    ['that is larger than the file', () => randomBytes(after.length + 1), []],
  ])('%s is no harm: the whole file is fetched', async (_, change, faults) => {
    await serveDelta(change);
    server.faults = faults;
    expect(await contents(await fetch(atHand))).toEqual({ 'a.hsb': after });
    expect(server.requests.at(-1)).toContain(sha256(after));
    expect((await updates()).filter((name) => name.endsWith('.made'))).toEqual([]);
  });

  /** A delta in good form from the same file to another one. */
  function encodedOther(): Buffer {
    writeFileSync(join(folder, 'other'), before.subarray(1000));
    return encodeDelta(join(folder, 'before'), join(folder, 'other'), 'zstd')?.content ?? expect.fail('no delta');
  }

  test('whose old file was damaged is no harm, either', async () => {
    await serveDelta();
    await writeFile(join(folder, 'before'), 'x');
    expect(await contents(await fetch(atHand))).toEqual({ 'a.hsb': after });
  });

  test('that breaks off goes on the next time', async () => {
    await serveDelta();
    server.faults = [{ cutAfter: 0 }, { cutAfter: 0 }];
    expect(await failing(fetch(atHand))).toMatchObject({ name: 'ReputationFailure' });
    server.faults = [];
    expect(await contents(await fetch(atHand))).toEqual({ 'a.hsb': after });
    expect(server.requests.at(-1)).not.toContain(sha256(after));
  });
});
