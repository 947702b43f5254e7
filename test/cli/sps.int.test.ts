import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSpsClient } from '../../src/adapters/sps-client/sps-client.ts';
import type { Act } from '../../src/cli/audited.ts';
import { spsCommand } from '../../src/cli/sps.ts';

const sha256 = 'c'.repeat(64);
const md5 = 'd'.repeat(32);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Runs `sps` with these arguments; resolves with what it wrote. */
async function run(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _, done) {
        written[name] += chunk;
        done();
      },
    });
  const load = async () => ({
    server: { folder: join(folder, 'sps'), host: '127.0.0.1', port: 0 },
    openLog: () => ({ log: () => {}, flush: async () => {} }),
    audited: async <Result>(_act: Act, work: () => Result | Promise<Result>) => work(),
  });
  const command = spsCommand(load, new Command('sps').exitOverride(), {
    stdout: collect('stdout'),
    stderr: collect('stderr'),
  });
  await command.parseAsync(argv, { from: 'user' });
  return written;
}

describe('sps import', () => {
  test('says how much went where, and works before the first start', async () => {
    const file = write('all.hsb', `${sha256}:*:Mal.A\n${md5}:5:Mal.B\nbad\n`);
    expect(await run('import', file)).toEqual({
      stdout: [
        `${file}: read 1 SHA-256, 0 SHA-1, 1 MD5, 1 bad lines`,
        'source local: 2 new, 1 of them SHA-256; holds 2',
        'MD5 and SHA-1 went into the local patterns only: servers are asked by SHA-256',
        '',
      ].join('\n'),
      stderr: `${file}:3: expected hash:size:name\n`,
    });
  });

  test('takes several files, and --agent', async () => {
    const files = [write('a.txt', `${sha256}\n`), write('b.hdb', `${md5}:5:Mal.B\n`)];
    const { stdout } = await run('import', '--agent', ...files);
    expect(stdout).toContain('source local: 2 new, 1 of them SHA-256; 2 new in the agent pattern; holds 2\n');
    await run('import', '--replace', files[0] ?? '');
    const again = await run('import', '--replace', write('c.txt', `${'e'.repeat(64)} Mal.E\n`));
    expect(again.stdout).toContain('source local: 1 new, 1 of them SHA-256, 1 not said any more; holds 1\n');
  });

  test('shows the first 100 bad lines and counts the rest', async () => {
    const { stdout, stderr } = await run('import', write('x.hsb', `${'bad\n'.repeat(150)}${sha256}:*:A\n`));
    expect(stdout).toContain('150 bad lines');
    expect(stderr.split('\n')).toHaveLength(102);
    expect(stderr).toMatch(/and 50 more bad lines\n$/);
  });

  test.each([
    ['bad.hsb', 65, /no valid signature; 1 bad lines/],
    ['bad.csv', 65, /say it with --format/],
    ['none.hsb', 66, /cannot read .*none\.hsb/],
  ])('of %s ends with exit code %i', async (name, exitCode, message) => {
    write('bad.hsb', 'bad\n');
    write('bad.csv', 'bad\n');
    await expect(run('import', join(folder, name))).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    });
  });

  test('of a sample says its name; of rules how many, and that they are gone', async () => {
    const sample = write('worm 1.exe', Array.from({ length: 99 }, (_, n) => n).join());
    expect((await run('import', '--sample', '--agent', sample)).stdout).toBe(
      `${sample}: a sample; new in the conventional pattern, new in the agent pattern\n`,
    );
    expect((await run('import', '--sample', sample)).stdout).toContain('there already in the conventional pattern\n');
    const rules = write('rules.yar', 'rule A { strings: $a = "abc" condition: $a }');
    expect((await run('import', rules)).stdout).toBe(`${rules}: 1 YARA rules; new in the conventional pattern\n`);
    write('rules.yar', '// none');
    expect((await run('import', rules)).stdout).toContain('no rules: those of this name are gone; new in');
    write('rules.yar', 'rule A { condition: nonsense }');
    await expect(run('import', rules)).rejects.toMatchObject({ exitCode: 65 });
  });

  test('with a folder that cannot be used ends with exit code 74', async () => {
    write('sps', 'a file');
    await expect(run('import', write('a.txt', sha256))).rejects.toMatchObject({ exitCode: 74 });
  });

  test('shows nothing that a feed made up to deceive', async () => {
    const { stderr } = await run('import', write('x\u202e.hsb', `${sha256}:*:A\n\u001b[2J:x\n`));
    expect(stderr).toContain('x\\u{202e}.hsb:2: ');
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });
});

describe('sps sources', () => {
  test('lists, sets and removes them', async () => {
    await run(
      'import',
      '--source',
      'feed',
      '--priority',
      '70',
      '--expires-days',
      '30',
      write('a.txt', `${sha256} Mal.A\n${md5}\n`),
    );
    const list = async () => (JSON.parse((await run('sources', 'list', '--format', 'json')).stdout) as object[])[1];
    expect(await list()).toMatchObject({
      ...{ name: 'feed', kind: 'malware', priority: 70, expiresDays: 30 },
      entries: { sha256: 1, sha1: 0, md5: 1 },
    });
    await run('sources', 'set', 'feed', '--priority', '10', '--expires-days', '0');
    expect(await list()).toMatchObject({ priority: 10, expiresDays: null });
    expect((await run('sources', 'list')).stdout).toMatch(/^feed +malware +10 +never +1 +0 +1 /m);
    await run('sources', 'set', 'feed', '--only-smart');
    expect(await list()).toMatchObject({ priority: 10, onlySmart: true });
    expect((await run('sources', 'list')).stdout).toMatch(/^feed +malware, queries only +10 /m);
    await run('sources', 'set', 'feed', '--no-only-smart');
    expect(await list()).toMatchObject({ onlySmart: false });
    await run('sources', 'remove', 'feed');
    expect(await list()).toBeUndefined();
  });

  test.each([
    [['remove', 'none'], 64, 'there is no source none'],
    [['remove', 'starter'], 64, 'starter comes with this program'],
    [['set', 'starter'], 64, 'say what to set'],
    [['set', 'starter', '--priority', '1'], 64, 'starter comes with this program'],
  ])('%j ends with exit code %i', async (argv, exitCode, message) => {
    await expect(run('sources', ...argv)).rejects.toMatchObject({
      exitCode,
      message: expect.stringContaining(message),
    });
  });
});

describe('sps override and lookup', () => {
  test('a file is no malware from then on, by all its hashes, until that is taken back', async () => {
    const file = write('report.docx', 'ours');
    const hash = createHash('sha256').update('ours').digest('hex');
    await run('import', write('a.txt', `${hash} Mal.Wrong\n`));
    expect((await run('lookup', hash)).stdout).toMatch(
      /^malicious: Mal\.Wrong, says local\n.*\nlocal +50 +Mal\.Wrong .* never +counts\n$/,
    );
    expect(
      (await run('override', 'add', file, '--reason', 'our template')).stdout.match(/is no malware/g),
    ).toHaveLength(3);
    expect((await run('lookup', hash)).stdout).toMatch(/^overridden: our template\n/);
    expect((await run('override', 'list')).stdout).toContain(hash);
    expect(JSON.parse((await run('lookup', hash, '--format', 'json')).stdout)).toMatchObject({
      ...{ verdict: 'overridden', override: { reason: 'our template' } },
      sources: [{ source: 'local', standing: 'overridden', name: 'Mal.Wrong', expires: null }],
    });
    await run('override', 'remove', hash);
    expect((await run('lookup', hash)).stdout).toMatch(/^malicious/);
    expect(JSON.parse((await run('override', 'list', '--format', 'json')).stdout)).toHaveLength(2);
    await expect(run('override', 'remove', hash)).rejects.toMatchObject({ exitCode: 66 });
  });

  test('what nobody knows is unknown', async () => {
    expect((await run('lookup', sha256)).stdout).toBe('unknown: no source says anything of it\n');
  });

  test.each([
    ['275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f', 64, 'by them gateways try'],
    ['none', 66, 'no hash, and no file'],
  ])('of %s is refused with exit code %i', async (what, exitCode, message) => {
    await expect(run('override', 'add', what, '--reason', 'x')).rejects.toMatchObject({
      exitCode,
      message: expect.stringContaining(message),
    });
  });
});

describe('sps', () => {
  const program = `
    import { Command } from 'commander';
    import { spsCommand } from ${JSON.stringify(new URL('../../src/cli/sps.ts', import.meta.url))};
    const log = (severity, text) => console.log(severity + ' ' + text);
    await spsCommand(async () => ({
      server: { folder: process.argv[1], host: '127.0.0.1', port: 0 },
      openLog: () => ({ log, flush: async () => {} }),
    })).parseAsync([], { from: 'user' });`;
  let child: ChildProcess;
  let output = '';
  beforeEach(async () => {
    output = '';
    const argv = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program, join(folder, 'sps')];
    child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    await expect.poll(() => output, { timeout: 10_000 }).toMatch(/listens on/);
  });
  afterEach(() => {
    child.kill('SIGKILL');
  });

  test('says where it listens, takes an import while it runs, and ends on SIGTERM', async () => {
    const [, port = '', caFile = ''] = /listens on 127\.0\.0\.1:(\d+); clients trust (\S+)/.exec(output) ?? [];
    const client = createSpsClient({ caFile });
    const server = { id: 'sps', host: '127.0.0.1', port: Number(port) };
    const verdict = async () => (await client.query(server, [sha256], AbortSignal.timeout(5000))).answers[0]?.verdict;
    expect(await verdict()).toBe('unknown');
    await run('import', write('a.txt', sha256));
    await expect.poll(verdict, { timeout: 10_000 }).toBe('malicious');
    expect(output.match(/INFO serving smart scan/g)).toHaveLength(2);
    await run('override', 'add', sha256, '--reason', 'false positive');
    await expect.poll(verdict, { timeout: 10_000 }).toBe('unknown');
    await run('override', 'remove', sha256);
    await expect.poll(verdict, { timeout: 10_000 }).toBe('malicious');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await client.close();
  });
});
