import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateFileEndMs } from '../../../src/adapters/certificates/certificate-file.ts';
import { issueAuthority, issueServerCertificate } from '../../../src/sps/identity/certificate.ts';

const dayMs = 86_400_000;
const ca = await issueAuthority(Date.now());
const short = await issueServerCertificate(ca, ['localhost'], 5, Date.now());
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-certificate-'));
  path = join(folder, 'file.pem');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const days = (role: 'own' | 'trusted') =>
  Math.round(((certificateFileEndMs({ path, role }) ?? Number.NaN) - Date.now()) / dayMs);

test('of our own the first counts, with a key before it and the chain behind it', () => {
  writeFileSync(path, `${short.key}${short.certificate}\n${ca.certificate}`);
  expect(days('own')).toBe(5);
});

test('of those that we trust the last to end counts: an old one beside it does no harm', () => {
  writeFileSync(path, `${short.certificate}\n${ca.certificate}`);
  expect(days('trusted')).toBe(3650);
});

test('a file that is not there yet has no end; one without a certificate is told', () => {
  expect(certificateFileEndMs({ path, role: 'own' })).toBeUndefined();
  writeFileSync(path, short.key);
  expect(() => days('own')).toThrow('holds no certificate');
  expect(() => certificateFileEndMs({ path: folder, role: 'own' })).toThrow('EISDIR');
});
