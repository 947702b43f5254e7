import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TokensUnusable } from '../../src/console/access/tokens.ts';
import type { Certificate } from '../../src/console/http/server.ts';
import { issueAuthority, issueServerCertificate } from '../../src/sps/identity/certificate.ts';
import { ConsoleLab } from '../support/console.ts';

let lab: ConsoleLab;
beforeEach(() => {
  lab = new ConsoleLab();
});
afterEach(() => lab.close());

async function certificate(): Promise<Certificate & { ca: string }> {
  const authority = await issueAuthority(Date.now());
  const { key, certificate: cert } = await issueServerCertificate(authority, ['127.0.0.1'], 1, Date.now());
  return { key, certificate: cert, ca: authority.certificate };
}

/** Who is on the other side. */
async function fingerprint(url: string, ca: string, versions = {}): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), ca, ...versions });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test('beyond loopback it listens by TLS only', async () => {
  const listen = { host: '0.0.0.0', port: 0 };
  await expect(lab.start({ listen })).rejects.toThrow('needs a certificate to listen beyond loopback');
});

test('by TLS, 1.2 or newer; a renewed certificate counts for new connections', async () => {
  const [first, second] = [await certificate(), await certificate()];
  await lab.start({ listen: { host: '0.0.0.0', port: 0 }, tls: first });
  expect(lab.server.url).toMatch(/^https:/);
  const before = await fingerprint(lab.server.url, first.ca);
  await expect(
    fingerprint(lab.server.url, first.ca, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
  ).rejects.toThrow();
  lab.server.renew(second);
  await expect(fingerprint(lab.server.url, first.ca)).rejects.toThrow();
  expect(await fingerprint(lab.server.url, second.ca)).not.toBe(before);
});

test('localhost is one address', async () => {
  await lab.start({ listen: { host: 'localhost', port: 0 } });
  expect(lab.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await lab.ask('GET', '/api/components', { as: 'read-only' })).status).toBe(200);
});

test('an address in use, and tokens that others may write, are said', async () => {
  await lab.start();
  const other = new ConsoleLab();
  const port = Number(new URL(lab.server.url).port);
  await expect(other.start({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
    /\[console\] cannot listen on 127.*EADDRINUSE/,
  );
  const shared = '/dev/null';
  await expect(other.start({ tokensFile: shared })).rejects.toThrow(TokensUnusable);
  expect(readFileSync(shared, 'utf8')).toBe('');
  await other.close();
});
