import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HashService } from '../../../src/actors/ports/hash-service.ts';
import { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import { openHashService } from '../../../src/adapters/reputation-services/open-hash-service.ts';
import { type RestAnswer, type RestServer, startRestServer } from '../../support/rest-server.ts';

const sha256 = 'ab'.repeat(32);
const key = 'k'.repeat(64);

let rest: RestServer;
let folder: string;
let virusTotal: HashService;
let circl: HashService;
beforeAll(async () => {
  rest = await startRestServer();
  folder = mkdtempSync(join(tmpdir(), 'services-'));
  const keyFile = join(folder, 'vt.key');
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
  const options = { url: rest.url, caFile: rest.caFile, keyFile, resolvers: [], timeoutMs: 1000 };
  const meaning = { maliciousMin: 3, suspiciousIsMalware: false };
  virusTotal = openHashService({ ...options, ...meaning, kind: 'virustotal' });
  circl = openHashService({ ...options, ...meaning, kind: 'circl' });
});
afterAll(async () => {
  virusTotal.close();
  circl.close();
  await rest.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  rest.requests.length = 0;
});

const answered = (answer: RestAnswer) => rest.answer(() => answer);
const inTime = () => AbortSignal.timeout(1000);

async function failure(asking: Promise<unknown>): Promise<ReputationFailure> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReputationFailure);
  return error as ReputationFailure;
}

/** As the documentation shows a file object, as far as it matters. */
function report(malicious: number, more: object = {}, id = sha256): RestAnswer {
  const stats = {
    malicious,
    suspicious: 0,
    undetected: 60,
    harmless: 0,
    timeout: 0,
    failure: 1,
    'type-unsupported': 4,
  };
  return { body: { data: { type: 'file', id, links: {}, attributes: { last_analysis_stats: stats, ...more } } } };
}

const troubles: [RestAnswer, string][] = [
  [{ status: 401, body: { error: { code: 'WrongCredentialsError' } } }, 'credentials'],
  [{ status: 403, body: { error: { code: 'ForbiddenError' } } }, 'credentials'],
  [{ status: 400, body: {} }, 'status'],
  [{ status: 500, body: {} }, 'status'],
  [{ status: 503, body: {} }, 'status'],
  [{ status: 302, body: {}, headers: { location: 'https://192.0.2.1/' } }, 'status'],
  [{ body: { data: [] } }, 'response'],
  [{ body: [] }, 'response'],
  ['not JSON', 'response'],
  ['wrong type', 'response'],
  ['truncated', 'response'],
  ['too long', 'response'],
  ['reset', 'reset'],
  ['hang', 'timeout'],
];

describe('VirusTotal', () => {
  test('the hash is asked for with the key; 404 is unknown', async () => {
    answered({ status: 404, body: { error: { code: 'NotFoundError', message: 'File not found' } } });
    expect(await virusTotal.lookUp(sha256, inTime())).toEqual({ verdict: 'unknown' });
    expect(rest.requests).toMatchObject([{ path: `/api/v3/files/${sha256}`, headers: { 'x-apikey': key } }]);
  });

  test.each([
    [0, { verdict: 'clean' }],
    [1, { verdict: 'unknown' }],
    [2, { verdict: 'unknown' }],
    [3, { verdict: 'malicious', name: 'VirusTotal.Malware', details: '3 of 63 engines' }],
  ])('%i engines, of which 3 make malware: %j', async (malicious, expected) => {
    answered(report(malicious));
    expect(await virusTotal.lookUp(sha256, inTime())).toEqual(expected);
  });

  test('a label that may stand in a mail is the name; others are not', async () => {
    const named = (label: string) => report(9, { popular_threat_classification: { suggested_threat_label: label } });
    answered(named('trojan.emotet/w97m'));
    expect(await virusTotal.lookUp(sha256, inTime())).toMatchObject({ name: 'trojan.emotet/w97m' });
    answered(named('bad\r\nBcc: everybody@example.org'));
    expect(await virusTotal.lookUp(sha256, inTime())).toMatchObject({ name: 'VirusTotal.Malware' });
  });

  test('an answer about another file is none', async () => {
    answered(report(9, {}, 'cd'.repeat(32)));
    expect((await failure(virusTotal.lookUp(sha256, inTime()))).kind).toBe('response');
  });

  test('D6: 429 is its quota, for as long as it says', async () => {
    answered({ status: 429, body: { error: { code: 'QuotaExceededError' } }, headers: { 'retry-after': '17' } });
    expect(await failure(virusTotal.lookUp(sha256, inTime()))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 17_000,
    });
  });

  test.each(troubles)('%j: %s', async (answer, kind) => {
    answered(answer);
    const { kind: found, message, cause } = await failure(virusTotal.lookUp(sha256, inTime()));
    expect(found).toBe(kind);
    expect(`${message} ${cause}`).not.toContain(key);
  });

  test('D13: the attempt to connect shows no key, so that it takes nothing of the quota', async () => {
    answered({ status: 401, body: { error: { code: 'AuthenticationRequiredError' } } });
    await virusTotal.connect(inTime());
    expect(rest.requests.map(({ headers }) => headers['x-apikey'])).toEqual([undefined]);
    answered({ status: 503, body: {} });
    expect((await failure(virusTotal.connect(inTime()))).kind).toBe('status');
  });

  test('D16: the probe wants EICAR to be malware', async () => {
    const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
    rest.answer((path) => (path.endsWith(eicar) ? report(60, {}, eicar) : { status: 404, body: {} }));
    await virusTotal.probe(inTime());
    answered({ status: 404, body: {} });
    expect((await failure(virusTotal.probe(inTime()))).kind).toBe('response');
  });
});

describe('CIRCL hashlookup', () => {
  const known = { FileName: './usr/bin/x', 'SHA-256': sha256.toUpperCase(), 'hashlookup:trust': 100 };

  test('404 is unknown, and known is not clean', async () => {
    answered({ status: 404, body: { message: 'Non existing SHA-256' } });
    expect(await circl.lookUp(sha256, inTime())).toEqual({ verdict: 'unknown' });
    expect(rest.requests).toMatchObject([{ path: `/lookup/sha256/${sha256}` }]);
    answered({ body: known });
    expect(await circl.lookUp(sha256, inTime())).toEqual({ verdict: 'unknown' });
  });

  test.each([['malshare.com'], [['malshare.com', 'virusshare']]])('KnownMalicious %j is malware', async (by) => {
    answered({ body: { ...known, KnownMalicious: by } });
    expect(await circl.lookUp(sha256, inTime())).toEqual({
      verdict: 'malicious',
      name: 'CIRCL.KnownMalicious',
      details: [by].flat().join(', '),
    });
  });

  test.each(troubles)('%j: %s', async (answer, kind) => {
    answered(answer);
    expect((await failure(circl.lookUp(sha256, inTime()))).kind).toBe(kind);
  });

  test('an answer about another file is none', async () => {
    answered({ body: { ...known, 'SHA-256': 'cd'.repeat(32), KnownMalicious: 'malshare.com' } });
    expect((await failure(circl.lookUp(sha256, inTime()))).kind).toBe('response');
  });

  test('D13, D16: it says what it is', async () => {
    answered({ body: { 'hashlookup-version': '1.2', 'nsrl-version': 'March 2022' } });
    await circl.connect(inTime());
    await circl.probe(inTime());
    answered({ body: { other: 'page' } });
    expect((await failure(circl.probe(inTime()))).kind).toBe('response');
  });
});

describe('keys', () => {
  const opened = (content: string, mode: number) => {
    const keyFile = join(folder, 'other.key');
    writeFileSync(keyFile, content);
    chmodSync(keyFile, mode);
    const service = { kind: 'hbl', keyFile, resolvers: [], timeoutMs: 1000 } as const;
    return () => openHashService({ ...service, maliciousMin: 3, suspiciousIsMalware: false }).close();
  };

  test('a file that others can read is refused, and one that holds no key; neither is said', () => {
    expect(opened('secret1', 0o600)).not.toThrow();
    expect(opened('secret1', 0o640)).toThrow(/mode 640.*chmod 600/);
    expect(opened('', 0o600)).toThrow('holds no key');
    expect(opened('secret.with.dots', 0o600)).toThrow(/^(?!.*secret)/);
  });
});
