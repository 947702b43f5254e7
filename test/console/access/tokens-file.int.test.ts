import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTokens, readTokens, TokensUnusable } from '../../../src/console/access/tokens.ts';
import { addToken, removeToken, type TokensPlace } from '../../../src/console/access/tokens-file.ts';

let folder: string;
let place: TokensPlace;
const expiresMs = Date.parse('2099-01-01T00:00:00Z');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  place = { file: join(folder, 'console', 'tokens'), stateFolder: folder };
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a token is 256 bits of chance, and stands nowhere; the file is for its owner alone', async () => {
  const one = await addToken(place, { name: 'one', role: 'operator', expiresMs });
  const two = await addToken(place, { name: 'two', role: 'read-only', expiresMs });
  expect(one).toMatch(/^sekisho_[A-Za-z0-9_-]{43}$/);
  expect(two).not.toBe(one);
  const text = readFileSync(place.file, 'utf8');
  for (const token of [one, two]) expect(text).not.toContain(token.slice('sekisho_'.length));
  expect(statSync(place.file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'console')).mode & 0o777).toBe(0o700);
  expect(openTokens(place.file, () => {}).holderOf(two)).toMatchObject({ name: 'two', role: 'read-only' });
});

test('who is removed is refused; the others stay; nothing else is left behind', async () => {
  const one = await addToken(place, { name: 'one', role: 'operator', expiresMs });
  const two = await addToken(place, { name: 'two', role: 'read-only', expiresMs });
  const tokens = openTokens(place.file, () => {});
  await removeToken(place, 'one');
  expect(tokens.holderOf(one)).toBeUndefined();
  expect(tokens.holderOf(two)).toBeDefined();
  await expect(removeToken(place, 'one')).rejects.toThrow('has no token one');
  await expect(addToken(place, { name: 'two', role: 'operator', expiresMs })).rejects.toThrow('has a token two');
  expect(readdirSync(join(folder, 'console')).sort()).toEqual(['tokens', 'tokens.lock']);
});

test('of many at once each is in the file, or was told that it is not', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const tries = await Promise.allSettled(names.map((name) => addToken(place, { name, role: 'operator', expiresMs })));
  const done = names.filter((_, index) => tries[index]?.status === 'fulfilled');
  expect(
    readTokens(place.file)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(done.sort());
  expect(done.length).toBeGreaterThan(0);
  for (const each of tries) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(TokensUnusable);
});
