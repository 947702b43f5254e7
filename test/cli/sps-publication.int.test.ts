import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Act } from '../../src/cli/audited.ts';
import { spsCommand } from '../../src/cli/sps.ts';
import { writeFollowedSet } from '../../src/sps/following/followed-set.ts';
import type { SpsOptions } from '../../src/sps/sps.ts';
import { newSigner, signedPackage } from '../support/packages.ts';

let folder: string;
let acts: Act[];
let follow: SpsOptions['follow'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-publication-'));
  acts = [];
  follow = undefined;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs `sps` with these arguments; resolves with what it wrote. */
async function run(...argv: string[]): Promise<string> {
  let written = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      written += chunk;
      done();
    },
  });
  const load = async () => ({
    server: { folder: join(folder, 'sps'), host: '127.0.0.1', port: 0, ...(follow && { follow }) },
    openLog: () => ({ log: () => {}, flush: async () => {} }),
    async audited<Result>(act: Act, work: () => Result | Promise<Result>) {
      acts.push(act);
      return work();
    },
  });
  const command = spsCommand(load, new Command('sps').exitOverride(), { stdout, stderr: process.stderr });
  await command.parseAsync(argv, { from: 'user' });
  return written;
}
const json = async (...argv: string[]) => JSON.parse(await run(...argv, '--json'));
async function importHash(digit: string): Promise<void> {
  writeFileSync(join(folder, 'x.txt'), `${digit.repeat(64)} Mal.${digit}\n`);
  await run('import', join(folder, 'x.txt'));
}

describe('build', () => {
  test('says what would be new, and changes nothing', async () => {
    await run('publish');
    const before = readFileSync(join(folder, 'sps/published.json'), 'utf8');
    const files = readdirSync(join(folder, 'sps/products'));
    expect(await json('build')).toMatchObject([
      ...['smart', 'filter', 'agent', 'conventional'].map((component) => ({ component, isNew: false })),
    ]);
    await importHash('a');
    const changes = await json('build');
    expect(changes.map(({ component, isNew, added }: Record<string, unknown>) => [component, isNew, added])).toEqual([
      ['smart', true, 1],
      ['filter', true, 1],
      ['agent', false, 0],
      ['conventional', true, 1],
    ]);
    expect(changes[1].deltaBytes).toBeLessThan(changes[1].bytes / 20);
    expect(await run('build')).toMatch(/^conventional +\d{14}-[0-9a-f]{12} +would be new +4 +\+1 /m);
    expect(readFileSync(join(folder, 'sps/published.json'), 'utf8')).toBe(before);
    expect(readdirSync(join(folder, 'sps/products'))).toEqual(files);
  });
});

describe('publish', () => {
  test('publishes before the first start of a server, and writes the tree', async () => {
    const to = join(folder, 'www');
    expect(await run('publish', '--to', to)).toMatch(/^smart +\d{14}-[0-9a-f]{12} +new +2 +\+2 /m);
    for (const component of ['smart', 'filter', 'agent', 'conventional'])
      expect(existsSync(join(to, `v1/components/${component}.json`))).toBe(true);
    expect(acts).toEqual([{ what: 'sps-publish', target: to }]);
    expect(await run('publish')).toMatch(/^smart +\S+ +unchanged +2/m);
  });
});

describe('status', () => {
  test('of nothing says so, and makes nothing', async () => {
    expect(await run('status')).toBe('signed by: no key yet\nproblem: nothing is published yet\n');
    expect(existsSync(join(folder, 'sps'))).toBe(false);
  });

  test('says what is published, by whom, and what is not yet', async () => {
    await importHash('a');
    await run('publish');
    await run('key', 'show');
    expect(await json('status')).toMatchObject({
      patternId: 'sekisho',
      components: [{ component: 'smart', entries: 3 }, { component: 'filter' }, { component: 'agent' }, {}],
      sources: [
        { name: 'starter', entries: 2 },
        { name: 'local', entries: 1 },
      ],
      signingKeys: [expect.stringMatching(/^[0-9a-f]{16}$/)],
      lastChange: { what: expect.stringContaining('x.txt') },
      isPublished: true,
      problems: [],
    });
    await importHash('b');
    const text = await run('status');
    expect(text).toContain('; not published yet\n');
    expect(text).toContain('problem: what was changed last is not published yet\n');
    expect(text).toMatch(/^local +1$/m);
  });

  test('misses files', async () => {
    await run('publish');
    for (const name of readdirSync(join(folder, 'sps/products'))) rmSync(join(folder, 'sps/products', name));
    expect((await json('status')).problems[0]).toMatch(/^files of smart are missing or damaged/);
    await run('publish');
    expect((await json('status')).problems).toEqual([]);
  });
});

describe('key', () => {
  test('shows what gateways are to trust, and rotates', async () => {
    const [{ id, publicKey }] = await json('key', 'show');
    expect(await run('key', 'show')).toBe(publicKey);
    expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(await run('key', 'rotate')).toMatch(new RegExp(`^signed by [0-9a-f]{16} and ${id};`));
    expect((await json('key', 'show')).map((key: { id: string }) => key.id)).toEqual([expect.any(String), id]);
    expect(await run('key', 'rotate', '--revoke')).toMatch(/^signed by [0-9a-f]{16};/);
    expect(acts.map(({ what, after }) => [what, after])).toEqual([
      ['sps-key', undefined],
      ['sps-key', 'revoked'],
    ]);
  });
});

describe('a server that follows another', () => {
  beforeEach(() => {
    follow = { url: 'https://other.example:8443', keysFile: 'keys.pem', intervalMs: 1000 };
  });

  test('publishes nothing of its own', async () => {
    await expect(run('publish')).rejects.toThrow('follows https://other.example:8443');
    await expect(run('build')).rejects.toThrow('follows https://other.example:8443');
  });

  test('takes in no data that nobody would be told of', async () => {
    await expect(importHash('a')).rejects.toThrow('follows https://other.example:8443');
    await expect(run('override', 'add', 'a'.repeat(64), '--reason', 'x')).rejects.toThrow('do it there');
    await expect(run('sources', 'set', 'local', '--priority', '60')).rejects.toThrow('do it there');
  });

  test('shows what has come, by whose key, and what is missing of it', async () => {
    expect((await json('status')).problems).toEqual(['nothing has come from the server that is followed yet']);
    const signer = newSigner();
    const of = (component: 'smart' | 'filter' | 'agent' | 'conventional') => {
      const { envelope, manifest } = signedPackage(
        { component, number: 7, files: { 'a.hsb': Buffer.from('x') } },
        signer,
      );
      return { envelope: envelope.toString(), manifest };
    };
    mkdirSync(join(folder, 'sps'));
    const components = {
      smart: of('smart'),
      filter: of('filter'),
      agent: of('agent'),
      conventional: of('conventional'),
    };
    await writeFollowedSet(join(folder, 'sps'), { components });
    const status = await json('status');
    expect(status).toMatchObject({ patternId: 'sekisho', signingKeys: [signer.id], follows: { url: follow?.url } });
    expect(status.problems[0]).toMatch(/^files of smart are missing/);
    const text = await run('status');
    expect(text).toMatch(/^agent +7-[0-9a-f]{12} /m);
    expect(text).toMatch(/^follows https:\/\/other\.example:8443; looked at: 2/m);
  });
});
