import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Act } from '../../src/cli/audited.ts';
import { addClientCommands } from '../../src/cli/sps-clients.ts';
import { readClientKeys } from '../../src/sps/access/client-keys.ts';

let folder: string;
let acts: Act[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-clients-'));
  acts = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = () => join(folder, 'keys');

async function run(argv: string[], clientKeysFile: string | undefined = file()): Promise<string> {
  let stdout = '';
  const write = new Writable({
    write(chunk, _, done) {
      stdout += chunk;
      done();
    },
  });
  const load = async () => ({
    server: { folder: join(folder), host: '127.0.0.1', port: 0, ...(clientKeysFile !== '' && { clientKeysFile }) },
    openLog: () => ({ log: () => {}, flush: async () => {} }),
    audited: async <Result>(act: Act, work: () => Result | Promise<Result>) => {
      acts.push(act);
      return work();
    },
  });
  const command = new Command('sps').exitOverride().configureOutput({ writeErr: () => {} });
  addClientCommands(command, load as never, {
    stdout: write,
    stderr: new Writable({ write: (_, __, done) => done() }),
  });
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(argv, { from: 'user' });
  return stdout;
}

describe('sps client-key', () => {
  test('writes the key once, and its SHA-256 into the file, which only its owner reads', async () => {
    const key = (await run(['client-key', 'mx1'])).trim();
    const limited = (await run(['client-key', 'mx2', '--hashes-per-second', '5', '--burst', '7'])).trim();
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(readFileSync(file(), 'utf8')).not.toContain(key);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const entries = [...readClientKeys(file()).values()];
    expect(entries).toMatchObject([
      { name: 'mx1', allowance: undefined },
      { name: 'mx2', allowance: { perSecond: 5, burst: 7 } },
    ]);
    expect(limited).not.toBe(key);
    expect(acts).toEqual([
      { what: 'sps-client', target: 'mx1' },
      { what: 'sps-client', target: 'mx2' },
    ]);
  });

  test('a last line without its end stays a line of its own', async () => {
    writeFileSync(file(), `old ${'a'.repeat(64)}`);
    await run(['client-key', 'mx1']);
    expect([...readClientKeys(file()).values()].map(({ name }) => name)).toEqual(['old', 'mx1']);
  });

  test('a name that is taken, or no file in the settings, changes nothing', async () => {
    await run(['client-key', 'mx1']);
    const before = readFileSync(file(), 'utf8');
    await expect(run(['client-key', 'mx1'])).rejects.toMatchObject({
      ...{ exitCode: 78, message: expect.stringContaining('remove its line first') },
    });
    await expect(run(['client-key', 'mx2'], '')).rejects.toMatchObject({ exitCode: 78 });
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  test.each([['a b'], ['../x'], ['a'.repeat(65)]])('%s is no name', async (name) => {
    await expect(run(['client-key', name])).rejects.toThrow(/letters, digits/);
  });
});

test('sps client-certificate: by the authority of the server, and never over another file', async () => {
  const written = await run(['client-certificate', 'mx1', '--days', '10', '--to', folder]);
  expect(written).toBe(`${join(folder, 'mx1.pem')}\n${join(folder, 'mx1.key')}\n`);
  const certificate = new X509Certificate(readFileSync(join(folder, 'mx1.pem')));
  expect(certificate.subject).toBe('CN=mx1');
  expect(certificate.verify(new X509Certificate(readFileSync(join(folder, 'ca.pem'))).publicKey)).toBe(true);
  expect(statSync(join(folder, 'mx1.key')).mode & 0o777).toBe(0o600);
  await expect(run(['client-certificate', 'mx1', '--to', folder])).rejects.toThrow(/EEXIST/);
});
