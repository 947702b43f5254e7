import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashService } from '../../../src/actors/ports/hash-service.ts';
import { base32, createHbl } from '../../../src/adapters/reputation-services/hbl.ts';
import { createMhr } from '../../../src/adapters/reputation-services/mhr.ts';
import { startUnbound, type Unbound, unboundMissing } from '../../support/unbound.ts';

/** The same questions to a resolver that others made. */

const missing = unboundMissing();
if (missing !== undefined) console.warn(`SKIPPED: services over a real resolver. ${missing}`);

const listed = 'ab'.repeat(32);
const other = 'cd'.repeat(32);
const signal = new AbortController().signal;
const labels = (sha256: string) => `${sha256.slice(0, 32)}.${sha256.slice(32)}`;

describe.skipIf(missing !== undefined)('over Unbound', () => {
  let unbound: Unbound;
  const opened: HashService[] = [];
  const mhr = (zone: string) => {
    const service = createMhr({ resolvers: [unbound.address], timeoutMs: 2000, zone });
    opened.push(service);
    return service;
  };
  beforeAll(async () => {
    const inMhr = `${labels(listed)}.mhr.test.`;
    const inHbl = `${base32(Buffer.from(listed, 'hex'))}._file.key.hbl.test.`;
    const zones = ['mhr', 'hbl', 'empty'].map((name) => `local-zone: "${name}.test." static`);
    unbound = await startUnbound([
      ...[...zones, 'local-zone: "wild.test." redirect', 'local-zone: "no.test." refuse'],
      ...[`local-data: "${inMhr} A 127.0.0.2"`, `local-data: '${inMhr} TXT "1611956489 28"'`],
      ...[`local-data: "${inHbl} A 127.0.3.10"`, 'local-data: "wild.test. A 192.0.2.80"'],
      `local-data: '${labels(other)}.empty.test. TXT "no address"'`,
    ]);
  });
  afterAll(async () => {
    for (const service of opened) service.close();
    await unbound.stop();
  });

  test('MHR: listed, and not', async () => {
    expect(await mhr('mhr.test').lookUp(listed, signal)).toEqual({
      ...{ verdict: 'malicious', name: 'MHR.Malware', details: 'found by 28 % of engines, seen 2021-01-29' },
    });
    expect(await mhr('mhr.test').lookUp(other, signal)).toEqual({ verdict: 'unknown' });
  });

  test('HBL: names are not case-sensitive', async () => {
    const options = { resolvers: [unbound.address], timeoutMs: 2000, zone: 'HBL.test', key: 'key' };
    const hbl = createHbl({ ...options, suspiciousIsMalware: false });
    opened.push(hbl);
    expect(await hbl.lookUp(listed, signal)).toMatchObject({ verdict: 'malicious' });
    expect(await hbl.lookUp(other, signal)).toEqual({ verdict: 'unknown' });
  });

  test.each([
    ['that has an address for every name', 'wild.test', 'response'],
    ['that refuses the zone', 'no.test', 'dns'],
    ['that knows the name without an address', 'empty.test', 'response'],
  ])('a resolver %s makes neither malware nor clean', async (_, zone, kind) => {
    await expect(mhr(zone).lookUp(other, signal)).rejects.toMatchObject({ name: 'ReputationFailure', kind });
  });
});
