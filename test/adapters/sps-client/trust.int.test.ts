import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTrust } from '../../../src/adapters/sps-client/trust.ts';
import { issueAuthority } from '../../../src/sps/identity/certificate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('two authorities in one file, with or without an end of line between them', async () => {
  const [one, other] = [await issueAuthority(Date.now()), await issueAuthority(Date.now())];
  for (const [name, end] of [
    ['with', '\n'],
    ['without', ''],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, `${one.certificate.trimEnd()}${end}${other.certificate.trimEnd()}`);
    expect(createTrust(file).context()).toBeDefined();
  }
});

test('what is no certificate is said, and read again once it has changed', async () => {
  const file = join(folder, 'ca.pem');
  const trust = createTrust(file);
  expect(() => trust.context()).toThrow(/ENOENT/);
  writeFileSync(file, 'rubbish');
  expect(() => trust.context()).toThrow();
  writeFileSync(file, (await issueAuthority(Date.now())).certificate);
  const context = trust.context();
  expect(trust.context()).toBe(context);
});
