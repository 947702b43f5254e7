import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HashService } from '../../../src/actors/ports/hash-service.ts';
import { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import { base32, createHbl } from '../../../src/adapters/reputation-services/hbl.ts';
import { createMhr } from '../../../src/adapters/reputation-services/mhr.ts';
import { type DnsRecords, type DnsServer, startDnsServer } from '../../support/dns-server.ts';
import { freePort } from '../../support/free-port.ts';

const sha256 = '0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210';
const key = 'secretdqskey';
const signal = new AbortController().signal;

let dns: DnsServer;
let mhr: HashService;
let hbl: HashService;
let strict: HashService;
beforeAll(async () => {
  dns = await startDnsServer();
  const options = { resolvers: [dns.address], timeoutMs: 600 };
  mhr = createMhr({ ...options, zone: 'hash.cymru.com' });
  hbl = createHbl({ ...options, zone: 'hbl.dq.spamhaus.net', key, suspiciousIsMalware: false });
  strict = createHbl({ ...options, zone: 'hbl.dq.spamhaus.net', key, suspiciousIsMalware: true });
});
afterAll(() => dns.stop());
beforeEach(() => {
  dns.queries.length = 0;
});

const answered = (records: DnsRecords) => dns.answer(() => records);

async function failure(asking: Promise<unknown>): Promise<ReputationFailure> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReputationFailure);
  return error as ReputationFailure;
}

describe('Team Cymru MHR', () => {
  test('a SHA-256 is asked for in two labels; NXDOMAIN is unknown', async () => {
    answered('nxdomain');
    expect(await mhr.lookUp(sha256, signal)).toEqual({ verdict: 'unknown' });
    const [query] = dns.queries;
    expect(query?.name.toLowerCase()).toBe(
      '0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210.hash.cymru.com',
    );
    expect(dns.queries).toHaveLength(1);
  });

  test('127.0.0.2 is malware, with what TXT says of it', async () => {
    answered({ a: ['127.0.0.2'], txt: [['1611956489 28']] });
    expect(await mhr.lookUp(sha256, signal)).toEqual({
      verdict: 'malicious',
      name: 'MHR.Malware',
      details: 'found by 28 % of engines, seen 2021-01-29',
    });
  });

  test.each([[[]], [[['1611956489 281']]], [[['x'.repeat(250), 'y'.repeat(250)]]]])(
    'it is malware without details when TXT says %j',
    async (txt) => {
      answered({ a: ['127.0.0.2'], txt });
      expect(await mhr.lookUp(sha256, signal)).toEqual({ verdict: 'malicious', name: 'MHR.Malware' });
    },
  );

  test('an answer that is cut short over UDP is fetched over TCP', async () => {
    dns.answer(() => ({ a: ['127.0.0.2'], txt: [] }), { cutShort: true });
    expect(await mhr.lookUp(sha256, signal)).toMatchObject({ verdict: 'malicious' });
    expect(dns.queries.map(({ over }) => over)).toContain('tcp');
  });

  test.each<[string, DnsRecords]>([
    ['a resolver that sends all names to a page of its own', { a: ['192.0.2.80'] }],
    ['another loopback address', { a: ['127.0.0.3'] }],
    ['one address too many', { a: ['127.0.0.2', '127.0.0.3'] }],
    ['a name without any address', {}],
    ['rubbish', 'garbage'],
  ])('%s is neither malware nor clean', async (_, records) => {
    answered(records);
    expect(['response', 'timeout']).toContain((await failure(mhr.lookUp(sha256, signal))).kind);
  });

  test.each<[DnsRecords, string]>([
    ['servfail', 'dns'],
    ['refused', 'dns'],
    ['hang', 'timeout'],
  ])('%s is a failure: %s', async (records, kind) => {
    answered(records);
    expect((await failure(mhr.lookUp(sha256, signal))).kind).toBe(kind);
  });

  test('no resolver at the address is a failure: refused', async () => {
    const alone = createMhr({
      resolvers: [`127.0.0.1:${await freePort()}`],
      timeoutMs: 600,
      zone: 'hash.cymru.com',
    });
    expect((await failure(alone.lookUp(sha256, signal))).kind).toBe('refused');
    expect((await failure(alone.connect(signal))).kind).toBe('refused');
  });

  test('D16: the probe wants the example of the documentation to be malware', async () => {
    const known = '9b573bc2555d8d35e4a2e927cc14217e.b112f0725cb4ebff4878976a229fde45.hash.cymru.com';
    dns.answer((name) => (name.toLowerCase() === known ? { a: ['127.0.0.2'] } : 'nxdomain'));
    await mhr.probe(signal);
    answered('nxdomain');
    await mhr.connect(signal);
    expect((await failure(mhr.probe(signal))).kind).toBe('response');
  });
});

describe('Spamhaus HBL', () => {
  test.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foobar', 'MZXW6YTBOI'],
  ])('base32 of %j (RFC 4648 10)', (text, expected) => expect(base32(Buffer.from(text))).toBe(expected));

  test('52 characters of base32, _file, the key, the zone', async () => {
    answered('nxdomain');
    expect(await hbl.lookUp(sha256, signal)).toEqual({ verdict: 'unknown' });
    const [label = '', ...rest] = dns.queries[0]?.name.split('.') ?? [];
    expect(label.toUpperCase()).toBe(base32(Buffer.from(sha256, 'hex')));
    expect(label).toHaveLength(52);
    expect(rest.join('.').toLowerCase()).toBe(`_file.${key}.hbl.dq.spamhaus.net`);
  });

  test('127.0.3.10 is malware; 127.0.3.15 is unknown, or malware by setting', async () => {
    answered({ a: ['127.0.3.10'] });
    expect(await hbl.lookUp(sha256, signal)).toMatchObject({ verdict: 'malicious', name: 'HBL.Malware' });
    answered({ a: ['127.0.3.15'] });
    expect(await hbl.lookUp(sha256, signal)).toEqual({ verdict: 'unknown' });
    expect(await strict.lookUp(sha256, signal)).toMatchObject({ verdict: 'malicious', name: 'HBL.Suspicious' });
  });

  test.each([
    ['127.255.255.252', 'credentials'],
    ['127.255.255.254', 'credentials'],
    ['127.255.255.250', 'credentials'],
    ['127.255.255.255', 'throttled'],
    ['127.0.3.20', 'response'],
    ['192.0.2.80', 'response'],
  ])('%s says nothing of the file: %s', async (address, kind) => {
    answered({ a: [address] });
    for (const asking of [hbl.lookUp(sha256, signal), hbl.connect(signal), hbl.probe(signal)])
      expect((await failure(asking)).kind).toBe(kind);
  });

  test('the key stands in no failure, whatever it is', async () => {
    for (const records of ['servfail', 'refused', 'hang', 'garbage', { a: ['127.255.255.254'] }, {}] as DnsRecords[]) {
      answered(records);
      const { message, cause, stack } = await failure(hbl.lookUp(sha256, signal));
      expect(`${message} ${cause} ${stack}`).not.toContain(key);
    }
  });
});
