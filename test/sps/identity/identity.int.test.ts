import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { issueAuthority } from '../../../src/sps/identity/certificate.ts';
import { IdentityUnusable, loadIdentity } from '../../../src/sps/identity/identity.ts';

const dayMs = 86_400_000;
const start = Date.parse('2026-03-01T00:00:00Z');
const names = ['localhost', '127.0.0.1', '::1', 'sps.example'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (days = 0, more: string[] = []) =>
  loadIdentity({ folder, names: [...names, ...more], nowMs: start + days * dayMs });
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o777;

test('the first start makes a CA and a certificate that it signed, for every name', async () => {
  const { caFile, server } = await load();
  const ca = new X509Certificate(readFileSync(caFile));
  const certificate = new X509Certificate(server.certificate);
  expect(ca.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkHost('sps.example')).toBe('sps.example');
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.checkHost('other.example')).toBeUndefined();
  expect(certificate.validToDate.getTime()).toBe(start + 90 * dayMs);
});

test('files with keys are readable by their owner only, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    await load();
  } finally {
    process.umask(before);
  }
  expect([modeOf('ca.key'), modeOf('server.pem'), modeOf('ca.pem')]).toEqual([0o600, 0o600, 0o644]);
});

test('what is good is kept; near its end, or for a new name, there is a new one from the same CA', async () => {
  const first = await load();
  const ca = read('ca.pem');
  expect(await load(59)).toEqual(first);
  const renewed = await load(61);
  expect(renewed.server.certificate).not.toBe(first.server.certificate);
  expect(new X509Certificate(renewed.server.certificate).validToDate.getTime()).toBe(start + 151 * dayMs);
  const named = await load(61, ['new.example']);
  expect(new X509Certificate(named.server.certificate).checkHost('new.example')).toBe('new.example');
  expect(read('ca.pem')).toBe(ca);
});

test('the CA is issued anew before its end with the same key and name: who trusts the old one trusts on', async () => {
  await load();
  const old = new X509Certificate(read('ca.pem'));
  const { server } = await load(3650 - 364);
  const renewed = new X509Certificate(read('ca.pem'));
  expect(renewed.validToDate.getTime()).toBeGreaterThan(old.validToDate.getTime());
  expect(renewed.subject).toBe(old.subject);
  expect(new X509Certificate(server.certificate).checkIssued(old)).toBe(true);
  expect(new X509Certificate(server.certificate).verify(old.publicKey)).toBe(true);
});

test.each([
  ['damaged', () => 'rubbish'],
  ['cut', () => read('server.pem').slice(0, 200)],
])('a server certificate that is %s is replaced', async (_, content) => {
  await load();
  writeFileSync(join(folder, 'server.pem'), content());
  const { server } = await load();
  expect(new X509Certificate(server.certificate).checkHost('localhost')).toBe('localhost');
  expect(read('server.pem')).toBe(server.key + server.certificate);
});

test.each<[string, () => void | Promise<void>, RegExp]>([
  ['a CA without its key', () => rmSync(join(folder, 'ca.key')), /ca\.key is missing/],
  ['a damaged key of the CA', () => writeFileSync(join(folder, 'ca.key'), 'rubbish'), /ca\.key cannot be used/],
  ['a damaged CA', () => writeFileSync(join(folder, 'ca.pem'), 'rubbish'), /ca\.pem and .* cannot be used/],
  [
    'a key of another CA',
    async () => writeFileSync(join(folder, 'ca.key'), (await issueAuthority(start)).key),
    /do not belong together/,
  ],
])('%s is refused: clients trust it, so nothing is replaced in silence', async (_, spoil, reason) => {
  await load();
  await spoil();
  const before = read('ca.pem');
  await expect(load()).rejects.toThrow(IdentityUnusable);
  await expect(load()).rejects.toThrow(reason);
  expect(read('ca.pem')).toBe(before);
});

test('a CA key that was made just before a crash gets its certificate', async () => {
  await load();
  rmSync(join(folder, 'ca.pem'));
  const { server } = await load();
  expect(new X509Certificate(server.certificate).verify(new X509Certificate(read('ca.pem')).publicKey)).toBe(true);
});
