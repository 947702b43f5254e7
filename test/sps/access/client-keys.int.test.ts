import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/http/hashed-secrets.ts';
import { openClientKeys, readClientKeys } from '../../../src/sps/access/client-keys.ts';

let folder: string;
let file: string;
let now: number;
const problems: string[] = [];
const line = (name: string, key: string, rest = '') => `${name} ${digestOf(key).toString('hex')} ${rest}\n`;
const open = () =>
  openClientKeys(
    file,
    (problem) => problems.push(problem),
    () => now,
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  file = join(folder, 'keys');
  now = 0;
  problems.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file', () => {
  test('names, limits, comments', () => {
    writeFileSync(
      file,
      `# gateways\n\n${line('mx1', 'one')}${line('mx2', 'two', 'hashes-per-second=5 burst=7 # slow')}`,
    );
    expect(open().holderOf('one')).toMatchObject({ name: 'mx1', allowance: undefined });
    expect(open().holderOf('two')).toMatchObject({ name: 'mx2', allowance: { perSecond: 5, burst: 7 } });
    expect(open().holderOf('three')).toBeUndefined();
    expect(open().holderOf('x'.repeat(10_000))).toBeUndefined();
  });

  test.each([
    ['the key itself', 'mx1 secret-key-in-plain'],
    ['no name', 'a'.repeat(64)],
    ['upper case', `mx1 ${'A'.repeat(64)}`],
    ['a limit of nothing', `mx1 ${'a'.repeat(64)} hashes-per-second=0`],
    ['a burst without a rate', `mx1 ${'a'.repeat(64)} burst=1`],
  ])('%s is refused, and not repeated', (_, text) => {
    writeFileSync(file, `\n${text}\n`);
    expect(() => readClientKeys(file)).toThrow(`${file}:2: must be`);
    expect(() => readClientKeys(file)).not.toThrow('secret');
  });

  test('a client or a key twice is refused', () => {
    writeFileSync(file, line('a', 'one') + line('a', 'two'));
    expect(() => readClientKeys(file)).toThrow(`${file}:2: names a client or a key twice`);
    writeFileSync(file, line('a', 'one') + line('b', 'one'));
    expect(() => readClientKeys(file)).toThrow(`${file}:2: names a client or a key twice`);
  });

  test('a missing one is said', () => {
    expect(open).toThrow(/keys cannot be read: ENOENT/);
  });
});

test('a change counts within a second; a file that cannot be read leaves the keys as they were, which is told once', () => {
  writeFileSync(file, line('mx1', 'one'));
  const keys = open();
  writeFileSync(file, line('mx2', 'other'));
  expect(keys.holderOf('one')).toBeDefined();
  now = 1000;
  expect(keys.holderOf('one')).toBeUndefined();
  expect(keys.holderOf('other')).toMatchObject({ name: 'mx2' });
  rmSync(file);
  for (now of [2000, 3000, 4000]) expect(keys.holderOf('other')).toBeDefined();
  expect(problems).toEqual([expect.stringMatching(/ENOENT.*the keys stay as they were/)]);
});
