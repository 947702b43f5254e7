import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  loadSigningKeys,
  publicKeyFile,
  readSigningKeys,
  rotateSigningKeys,
  SigningKeysUnusable,
  signingKeyFile,
} from '../../../src/sps/identity/signing-keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signing-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ids = async () => (await loadSigningKeys(folder)).map(({ id }) => id);
const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a key is made at its first use, for its owner alone, and stays', async () => {
  expect(readSigningKeys(folder)).toBeUndefined();
  const first = await ids();
  expect(first).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  expect([modeOf(signingKeyFile(folder)), modeOf(publicKeyFile(folder))]).toEqual([0o600, 0o644]);
  expect(await ids()).toEqual(first);
});

test('rotation: the last one signs beside the new one, an older one no more', async () => {
  const [first = ''] = await ids();
  await rotateSigningKeys(folder, false);
  const second = await ids();
  expect([second.length, second[1]]).toEqual([2, first]);
  await rotateSigningKeys(folder, false);
  const third = await ids();
  expect([third.length, third[1]]).toEqual([2, second[0]]);
  expect(modeOf(signingKeyFile(folder))).toBe(0o600);
  expect(readFileSync(publicKeyFile(folder), 'utf8').match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
});

test('revoked keys are gone', async () => {
  const [first] = await ids();
  await rotateSigningKeys(folder, true);
  const after = await ids();
  expect(after).toHaveLength(1);
  expect(after).not.toContain(first);
});

test('the file of the public keys is written anew when it is missing or of other keys', async () => {
  await ids();
  const text = readFileSync(publicKeyFile(folder), 'utf8');
  rmSync(publicKeyFile(folder));
  await ids();
  expect(readFileSync(publicKeyFile(folder), 'utf8')).toBe(text);
  writeFileSync(publicKeyFile(folder), 'other');
  await ids();
  expect(readFileSync(publicKeyFile(folder), 'utf8')).toBe(text);
});

test.each([
  ['nothing', ''],
  ['rubbish', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
])('a file with %s is told, and no key is made in its place', async (_, text) => {
  writeFileSync(signingKeyFile(folder), text);
  await expect(loadSigningKeys(folder)).rejects.toThrow(SigningKeysUnusable);
  expect(readFileSync(signingKeyFile(folder), 'utf8')).toBe(text);
});
