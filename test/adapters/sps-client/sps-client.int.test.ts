import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../src/actors/ports/reputation.ts';
import { createSpsClient, type SpsClient } from '../../../src/adapters/sps-client/sps-client.ts';
import { type Mode, type RequestMode, type ScriptedSps, startScriptedSps } from '../../support/scripted-sps.ts';

const known = 'a'.repeat(64);
const unknown = 'b'.repeat(64);
let sps: ScriptedSps;
let client: SpsClient;
const never = new AbortController().signal;

beforeEach(async () => {
  sps = await startScriptedSps();
  sps.verdicts.set(known, 'Test.Malware');
  client = createSpsClient({ caFile: sps.caFile });
});
afterEach(async () => {
  await client.close();
  await sps.close();
});

const failing = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (failure) => failure,
  );
const query = (signal = never) => client.query(sps.address, [known, unknown], signal);

describe('a query', () => {
  test('D1: asks for each hash once and gives one answer for each', async () => {
    const answer = await client.query(sps.address, [known, unknown, known], never);
    expect(answer).toEqual({
      patternId: 'sekisho',
      patternVersion: '1',
      answers: [
        { sha256: known, verdict: 'malicious', name: 'Test.Malware', ttlSeconds: 60 },
        { sha256: unknown, verdict: 'unknown', ttlSeconds: 60 },
      ],
    });
    expect(sps.queries).toEqual([[known, unknown]]);
  });

  test.each<[Mode, FailureKind, RegExp]>([
    ['refuse', 'refused', /ECONNREFUSED/],
    ['reset', 'reset', /./],
    ['garbage', 'response', /HTTP/],
    ['truncated', 'response', /./],
    ['too-large', 'response', /longer than 1048576 bytes/],
    ['wrong-type', 'response', /text\/html/],
    ['missing-hash', 'response', /1 of 2 hashes were not answered/],
    ['extra-hash', 'response', /not asked/],
    ['wrong-name', 'tls', /127\.0\.0\.1/],
    ['expired', 'tls', /expired/],
    ['untrusted', 'tls', /./],
    [400, 'message', /400/],
    [413, 'message', /413/],
    [401, 'credentials', /401/],
    [403, 'credentials', /403/],
    [429, 'throttled', /429/],
    [500, 'status', /500/],
    [503, 'status', /503/],
  ])('D5: a server that does %s is a failure of kind %s', async (mode, kind, message) => {
    await sps.script(mode);
    const failure = await failing(query());
    expect(failure).toMatchObject({ name: 'ReputationFailure', kind, message: expect.stringMatching(message) });
    // The next one is good again: nothing of the failure is left over.
    await sps.script('ok');
    expect((await query()).answers).toHaveLength(2);
  });

  test('D5: a pattern id is reported, whichever it is; the caller compares (D11)', async () => {
    await sps.script('other-pattern');
    expect((await query()).patternId).toBe('another');
  });

  test('D6: 429 carries the time to wait', async () => {
    await sps.script(429);
    sps.retryAfter = '120';
    expect(await failing(query())).toMatchObject({ kind: 'throttled', retryAfterMs: 120_000 });
  });

  test.each<RequestMode>(['hang', 'slow'])('D5: an abort while the server does %s is a timeout', async (mode) => {
    const controller = new AbortController();
    const arrived = new Promise<void>((resolve) => {
      void sps.script(() => {
        resolve();
        return mode;
      });
    });
    const failure = failing(query(controller.signal));
    await arrived;
    controller.abort();
    expect(await failure).toMatchObject({ kind: 'timeout' });
  });

  test('D5: an abort before the start, while connecting and while waiting for a connection is a timeout', async () => {
    expect(await failing(query(AbortSignal.abort()))).toMatchObject({ kind: 'timeout' });

    await sps.script('silent');
    const connecting = new AbortController();
    const accepted = sps.connections();
    const failure = failing(query(connecting.signal));
    await expect.poll(() => sps.connections()).toBeGreaterThan(accepted);
    connecting.abort();
    expect(await failure).toMatchObject({ kind: 'timeout' });

    await sps.script('hang');
    const narrow = createSpsClient({ caFile: sps.caFile, connectionsPerServerMax: 1 });
    const first = failing(narrow.query(sps.address, [known], never));
    const waiting = new AbortController();
    const second = failing(narrow.query(sps.address, [known], waiting.signal));
    await expect.poll(() => sps.queries.length).toBe(1);
    waiting.abort();
    expect(await second).toMatchObject({ kind: 'timeout' });
    await narrow.close();
    expect(await first).toMatchObject({ kind: 'reset' });
    expect(sps.queries).toHaveLength(1);
  });

  test('a host that cannot be found is dns', async () => {
    const nowhere = { id: 'nowhere.invalid:443', host: 'nowhere.invalid', port: 443 };
    expect(await failing(client.query(nowhere, [known], never))).toMatchObject({ kind: 'dns' });
  });

  test('a port that speaks something else is tls', async () => {
    const plain: Server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const port = (plain.address() as { port: number }).port;
    const failure = await failing(client.query({ id: 'x', host: '127.0.0.1', port }, [known], never));
    expect(failure).toMatchObject({ kind: 'tls' });
    plain.close();
  });

  test('D5: more hashes than the protocol allows are charged to the message, and not sent', async () => {
    const hashes = Array.from({ length: 1001 }, (_, n) => n.toString(16).padStart(64, '0'));
    expect(await failing(client.query(sps.address, hashes, never))).toMatchObject({ kind: 'message' });
    expect(sps.queries).toHaveLength(0);
    expect((await client.query(sps.address, hashes.slice(1), never)).answers).toHaveLength(1000);
  });

  test('D11: a name with several addresses is tried on each of them', async () => {
    // localhost is ::1 and 127.0.0.1; the server listens on the second only.
    const address = { ...sps.address, host: 'localhost' };
    expect((await client.query(address, [known], never)).answers).toHaveLength(1);
  });
});

describe('connections', () => {
  test('are kept: ten queries in a row take one', async () => {
    for (let n = 0; n < 10; n++) await query();
    expect(sps.connections()).toBe(1);
  });

  test('D11: are replaced when they are old, so that the name is looked up again', async () => {
    let now = 0;
    const aging = createSpsClient({ caFile: sps.caFile, connectionMsMax: 1000, now: () => now });
    await aging.query(sps.address, [known], never);
    now = 999;
    await aging.query(sps.address, [known], never);
    expect(sps.connections()).toBe(1);
    now = 1001;
    await aging.query(sps.address, [known], never);
    await aging.query(sps.address, [known], never);
    expect(sps.connections()).toBe(2);
    await aging.close();
  });

  test('are limited; what is over the limit waits and is served', async () => {
    let release = () => {};
    const gate = new Promise<RequestMode>((resolve) => {
      release = () => resolve('ok');
    });
    await sps.script(() => gate);
    const narrow = createSpsClient({ caFile: sps.caFile, connectionsPerServerMax: 2 });
    const all = Array.from({ length: 6 }, () => narrow.query(sps.address, [known], never));
    await expect.poll(() => sps.queries.length).toBe(2);
    release();
    expect(await Promise.all(all)).toHaveLength(6);
    expect(sps.connections()).toBe(2);
    await narrow.close();
  });

  test('D5: one that the server closed while it was kept is no failure', async () => {
    await query();
    sps.dropConnections();
    expect((await query()).answers).toHaveLength(2);
  });

  test('D5: one that breaks when it is used again is replaced once, without a failure', async () => {
    await query();
    let resets = 1;
    await sps.script(() => (resets-- > 0 ? 'reset' : 'ok'));
    expect((await query()).answers).toHaveLength(2);
    expect(sps.queries).toHaveLength(3);
    expect(sps.connections()).toBe(2);
  });

  test('D5: a new one that breaks is a failure at once; a kept one after one more try', async () => {
    await sps.script('reset');
    expect(await failing(query())).toMatchObject({ kind: 'reset' });
    expect(sps.queries).toHaveLength(1);
    await sps.script('ok');
    await query();
    await sps.script('reset');
    expect(await failing(query())).toMatchObject({ kind: 'reset' });
    expect(sps.queries).toHaveLength(4);
  });
});

describe('the connection attempt (D13)', () => {
  test('succeeds with a well-formed answer of the health resource, on a connection of its own', async () => {
    await query();
    await client.connect(sps.address, never);
    expect(sps.requests.health).toBe(1);
    expect(sps.connections()).toBe(2);
  });

  test.each<[Mode, FailureKind]>([
    ['refuse', 'refused'],
    [500, 'status'],
    [400, 'status'],
    ['wrong-type', 'response'],
    ['wrong-name', 'tls'],
  ])('fails when the server does %s: %s', async (mode, kind) => {
    await sps.script(mode);
    expect(await failing(client.connect(sps.address, never))).toMatchObject({ kind });
  });
});

describe('trust', () => {
  test('a CA file that is missing is tls, and is used as soon as it is there', async () => {
    const { copyFileSync, mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const folder = mkdtempSync(`${sps.caFile}-trust-`);
    const late = createSpsClient({ caFile: `${folder}/ca.pem` });
    const ask = () => late.query(sps.address, [known], never);
    expect(await failing(ask())).toMatchObject({ kind: 'tls', message: expect.stringContaining('ca.pem') });
    writeFileSync(`${folder}/ca.pem`, 'no certificate');
    expect(await failing(ask())).toMatchObject({ kind: 'tls' });
    copyFileSync(sps.caFile, `${folder}/ca.pem`);
    expect((await ask()).answers).toHaveLength(1);
    await late.close();
    rmSync(folder, { recursive: true });
  });

  test('without a CA file only the system’s roots are trusted', async () => {
    const strict = createSpsClient({});
    expect(await failing(strict.query(sps.address, [known], never))).toMatchObject({ kind: 'tls' });
    await strict.close();
  });
});
