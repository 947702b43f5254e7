import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTokens, readTokens, tokenLine } from '../../../src/console/access/tokens.ts';
import type { Role } from '../../../src/console/protocol/roles.ts';
import { digestOf } from '../../../src/http/hashed-secrets.ts';

let folder: string;
let file: string;
const problems: string[] = [];
const token = (letter: string) => `sekisho_${letter.repeat(43)}`;
const line = (name: string, role: Role, letter: string, expiresMs = 1000) =>
  tokenLine({ name, role, digest: digestOf(token(letter)), expiresMs });
const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });
const open = (nowMs = () => 0) => openTokens(file, (problem) => problems.push(problem), nowMs);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  file = join(folder, 'tokens');
  problems.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

test('names and roles; what is none; comments', () => {
  write(`# central\n\n${line('central', 'operator', 'a')}${line('eye', 'read-only', 'b')}`);
  expect(open().holderOf(token('a'))).toMatchObject({ name: 'central', role: 'operator' });
  expect(open().holderOf(token('b'))).toMatchObject({ name: 'eye', role: 'read-only' });
  for (const wrong of [token('c'), '', 'sekisho_', token('a').slice(0, -1), `${token('a')}a`, 'x'.repeat(100_000)])
    expect(open().holderOf(wrong)).toBeUndefined();
  // What stands in the file is no token.
  expect(open().holderOf(digestOf(token('a')).toString('hex'))).toBeUndefined();
});

test('its end is its end', () => {
  write(line('central', 'operator', 'a', 1000));
  let now = 999;
  const tokens = open(() => now);
  expect(tokens.holderOf(token('a'))).toBeDefined();
  now = 1000;
  expect(tokens.holderOf(token('a'))).toBeUndefined();
});

test('no file is no tokens; what is written counts at once, and what is removed', () => {
  const tokens = open();
  expect(tokens.holderOf(token('a'))).toBeUndefined();
  write(line('central', 'operator', 'a'));
  expect(tokens.holderOf(token('a'))).toBeDefined();
  rmSync(file);
  expect(tokens.holderOf(token('a'))).toBeUndefined();
  expect(problems).toEqual([]);
});

test('a file that cannot be used later leaves the tokens as they were, which is told once', () => {
  write(line('central', 'operator', 'a'));
  const tokens = open();
  write('rubbish that may be secret\n');
  expect(tokens.holderOf(token('a'))).toBeDefined();
  expect(tokens.holderOf(token('a'))).toBeDefined();
  expect(problems).toEqual([`${file}:1: must be \`NAME ROLE SHA256 EXPIRES\`; the tokens stay as they were`]);
});

describe('a file is refused, and not repeated, when', () => {
  const sha = 'a'.repeat(64);
  test.each([
    ['the token itself stands there', `central operator ${token('a')} 2027-01-01`],
    ['the role is none', `central root ${sha} 2027-01-01T00:00:00Z`],
    ['the role is of Object', `central constructor ${sha} 2027-01-01T00:00:00Z`],
    ['there is no end', `central operator ${sha}`],
    ['the end is none', `central operator ${sha} never`],
    ['there is more', `central operator ${sha} 2027-01-01T00:00:00Z more`],
    ['the name could break a line of the log', `a/b operator ${sha} 2027-01-01T00:00:00Z`],
  ])('%s', (_, text) => {
    write(`\n${text}\n`);
    expect(() => readTokens(file)).toThrow(`${file}:2: must be`);
    expect(() => readTokens(file)).not.toThrow('sekisho_');
  });

  test('a name is there twice', () => {
    write(line('a', 'operator', 'a') + line('a', 'administrator', 'b'));
    expect(() => readTokens(file)).toThrow(`${file}:2: names a token twice`);
  });

  test.each([0o620, 0o602, 0o666])('others may write it (mode %o)', (mode) => {
    write(line('a', 'operator', 'a'));
    chmodSync(file, mode);
    expect(() => readTokens(file)).toThrow('must not be writable by group and others');
  });
});
