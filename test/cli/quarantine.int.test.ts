import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { QuarantineEntry } from '../../src/actors/ports/mail.ts';
import { createQuarantine } from '../../src/adapters/quarantine/create-quarantine.ts';
import { openQuarantine } from '../../src/adapters/quarantine/open-quarantine.ts';
import type { Act } from '../../src/cli/audited.ts';
import { CommandFailure } from '../../src/cli/failure.ts';
import { quarantineCommand } from '../../src/cli/quarantine.ts';
import { entryOf } from '../adapters/quarantine/entries.ts';

const idA = 'AAAAAAAA-0000-4000-8000-000000000001';
const idB = 'ABBBBBBB-0000-4000-8000-000000000002';
const content = Buffer.from('Subject: x\r\n\r\n\xff\0\x1b[2J\r\n', 'latin1');
let folder: string;
let released: { entry: QuarantineEntry; to: string[]; content: Buffer }[];
let audited: Act[];
/** What the next hop makes of it: by recipient; delivered unless it says otherwise. */
let outcomes: Record<string, { outcome: 'refused' | 'unknown'; reason: string }>;
let breakdown: Error | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quarantine-cli-'));
  released = [];
  audited = [];
  outcomes = {};
  breakdown = undefined;
  const quarantine = createQuarantine({ folder });
  await quarantine.store(entryOf(idA, { time: '2026-03-01T09:00:00.000Z' }), [content]);
  await quarantine.store(
    entryOf(idB, {
      time: '2026-03-02T09:00:00.000Z',
      mailFrom: { path: 'x\u202ey@example.org', parameters: [{ keyword: 'ENVID', value: '\x1b]0;t\x07' }] },
      recipients: [
        { path: 'b@example.org', parameters: [] },
        { path: 'c\x1b[31m@example.org', parameters: [] },
      ],
      client: { address: '192.0.2.7', helo: 'evil\r\nhelo' },
      reason: 'malware: \u009b2J',
      files: ['invoice\u202efdp.exe', 'a\u2028b'],
      subject: 'one\ntwo\u202e',
    }),
    [content],
  );
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a command line; what it wrote, or the `CommandFailure` that it threw. */
async function run(
  ...argv: string[]
): Promise<{ stdout: string; bytes: Buffer; stderr: string; failure?: CommandFailure }> {
  const output = { stdout: new PassThrough(), stderr: new PassThrough() };
  const command = quarantineCommand(
    async () => ({
      folder,
      release: async (entry, recipients, chunks, onOutcomes) => {
        released.push({ entry, to: recipients.map(({ path }) => path), content: Buffer.concat(chunks) });
        const told = { outcome: 'delivered', reason: '250 ok' } as const;
        await onOutcomes(recipients.map(({ path }) => ({ recipient: path, ...(outcomes[path] ?? told) })));
        if (breakdown) throw breakdown;
      },
      audited: (act, work) => {
        audited.push(act);
        return work();
      },
    }),
    undefined,
    output,
  );
  for (const one of [command, ...command.commands]) {
    one.exitOverride().configureOutput({ writeErr: (text) => output.stderr.write(text) });
  }
  const failure = await command.parseAsync(argv, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => error as CommandFailure,
  );
  const bytes: Buffer = output.stdout.read() ?? Buffer.alloc(0);
  const result = { stdout: bytes.toString(), bytes, stderr: (output.stderr.read() ?? '').toString() };
  return failure ? { ...result, failure } : result;
}

function expectOnlyVisible(text: string): void {
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
}

describe('list', () => {
  test('shows a table, newest first, with nothing in it that a terminal would obey', async () => {
    const { stdout } = await run('list');
    expectOnlyVisible(stdout);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ +/, 1)[0])).toEqual(['ID', idB, idA]);
    expect(lines[1]).toContain('<x\\u{202e}y@example.org>');
    expect(lines[1]).toContain('<b@example.org> +1');
    expect(lines[1]).toContain('one\\u{a}two\\u{202e}');
  });

  test('--limit and --format json: JSON that reads back the same', async () => {
    const { stdout } = await run('list', '--format', 'json', '--limit', '1');
    expectOnlyVisible(stdout);
    expect(JSON.parse(stdout)).toEqual((await openQuarantine(folder).list({ limit: 1 })).entries);
  });

  test.each([
    ['--limit', '0', 'from 1 to'],
    ['--limit', 'x', 'from 1 to'],
    ['--format', 'xml', 'Allowed choices'],
  ])('%s %s is refused', async (option, value, problem) => {
    expect((await run('list', option, value)).stderr).toContain(problem);
  });

  test('says what is damaged or unfinished on standard error, escaped', async () => {
    await writeFile(join(folder, '2026-03-01', `${idA}.json`), '{"\x1b[2J');
    await writeFile(join(folder, '2026-03-01', 'CCCCCCCC-0000-4000-8000-000000000003.eml'), 'half');
    const { stdout, stderr } = await run('list');
    expect(stdout).not.toContain(idA);
    expectOnlyVisible(stderr);
    expect(stderr).toContain(`${idA}: damaged`);
    expect(stderr).toContain('CCCCCCCC-0000-4000-8000-000000000003: unfinished');
  });

  test('of nothing says so', async () => {
    await run('delete', idA);
    await run('delete', idB);
    expect((await run('list')).stdout).toBe('No messages in quarantine.\n');
    expect((await run('list', '--format', 'json')).stdout).toBe('[]\n');
  });
});

describe('show', () => {
  test('shows everything that is known, escaped', async () => {
    const { stdout } = await run('show', 'AB');
    expectOnlyVisible(stdout);
    for (const text of [
      'invoice\\u{202e}fdp.exe',
      'a\\u{2028}b',
      'evil\\u{d}\\u{a}helo',
      '\\u{9b}2J',
      'ENVID=\\u{1b}]0;t\\u{7}',
      idB,
    ]) {
      expect(stdout).toContain(text);
    }
  });

  test('--format json reads back the same, --raw is the message byte for byte', async () => {
    expect(JSON.parse((await run('show', idB, '--format', 'json')).stdout)).toEqual(
      (await openQuarantine(folder).read(idB)).entry,
    );
    expect((await run('show', idB, '--raw')).bytes).toEqual(content);
  });
});

describe('list finds', () => {
  const found = async (...argv: string[]) =>
    JSON.parse((await run('list', '--format', 'json', ...argv)).stdout).map(({ id }: { id: string }) => id);

  test.each([
    [['--since', '2026-03-02T00:00:00Z'], [idB]],
    [['--until', '2026-03-02T00:00:00Z'], [idA]],
    [['--sender', 'x*@example.org'], [idB]],
    [['--recipient', 'c*;nobody'], [idB]],
    [
      ['--recipient', 'B@EXAMPLE.ORG'],
      [idB, idA],
    ],
    [['--subject', 'two'], [idB]],
    [['--reason', 'malware: Eicar*'], [idA]],
    [['--reason', 'malware', '--limit', '1'], [idB]],
    [['--sender', 'nobody@example.org'], []],
    [['--released'], []],
  ])('%j', async (argv, ids) => {
    expect(await found(...argv)).toEqual(ids);
  });
});

describe('release', () => {
  test('hands the message on, keeps it, marked, and does not do it twice unless told to', async () => {
    expect((await run('release', 'AA')).stdout).toBe(`${idA}: released\n`);
    expect(audited).toEqual([{ what: 'quarantine-release', target: idA, before: 'kept', after: 'released' }]);
    expect(released).toMatchObject([{ entry: { id: idA }, to: ['b@example.org'], content }]);
    const { failure } = await run('release', idA);
    expect(failure).toMatchObject({ exitCode: 64, message: expect.stringMatching(/was released at 2.*--again/) });
    expect(released.length).toBe(1);
    await run('release', idA, '--again');
    expect(released.length).toBe(2);
    expect((await run('show', idA)).stdout).toMatch(/released: 2\S+\nhas it: {3}<b@example.org>\n/);
  });

  test('who did not get it gets it with the next release, and nobody else', async () => {
    outcomes = { 'b@example.org': { outcome: 'refused', reason: '452 \x1b[2J full' } };
    const { failure } = await run('release', idB);
    expect(failure).toMatchObject({
      exitCode: 75,
      message: `${idB}: not released to everybody: <b@example.org>: 452 \\u{1b}[2J full`,
    });
    outcomes = {};
    expect((await run('release', idB)).stdout).toBe(`${idB}: released to <b@example.org>\n`);
    expect(released.at(-1)?.to).toEqual(['b@example.org']);
    expect((await run('release', idB)).failure?.exitCode).toBe(64);
  });

  test('to nobody leaves no mark', async () => {
    outcomes = { 'b@example.org': { outcome: 'refused', reason: '550 no' } };
    const { failure } = await run('release', idA);
    expect(failure).toMatchObject({ exitCode: 75, message: `${idA}: not released: <b@example.org>: 550 no` });
    expect((await openQuarantine(folder).read(idA)).entry.releasedAt).toBeUndefined();
    outcomes = {};
    expect((await run('release', idA)).failure).toBeUndefined();
  });

  test.each(['unknown', 'breaks off'])('whose end is not known (%s) is not repeated by accident', async (how) => {
    if (how === 'unknown') outcomes = { 'b@example.org': { outcome: 'unknown', reason: 'connection lost' } };
    else breakdown = new Error('a defect');
    expect((await run('release', idA)).failure).toBeDefined();
    outcomes = {};
    breakdown = undefined;
    const { failure } = await run('release', idA, ...(how === 'unknown' ? [] : ['--to', 'z@example.org']));
    expect(failure).toMatchObject({ exitCode: 75, message: expect.stringContaining('may have delivered it') });
    expect(released).toHaveLength(1);
    expect((await run('release', idA, '--again')).stdout).toBe(`${idA}: released\n`);
  });

  test('--to: to others instead; to whom it went is remembered for each', async () => {
    const to = ['--to', 'security@example.net', '--to', '<legal@example.net>'];
    expect((await run('release', idA, ...to)).stdout).toBe(
      `${idA}: released to <security@example.net>, <legal@example.net>\n`,
    );
    expect(audited.at(-1)).toMatchObject({ after: 'released to security@example.net, legal@example.net' });
    expect(released.at(-1)).toMatchObject({ to: ['security@example.net', 'legal@example.net'] });
    expect((await run('release', idA, '--to', 'security@example.net')).failure?.exitCode).toBe(64);
    expect((await run('release', idA)).stdout).toBe(`${idA}: released\n`);
  });

  test.each(['nobody', 'a b@example.org', 'x@y\r\nRCPT TO:<z@example.org>', '@example.org', ''])(
    '--to %j is refused',
    async (address) => {
      expect((await run('release', idA, '--to', address)).stderr).toContain('must be an address');
      expect(released).toEqual([]);
    },
  );

  test('a message of an older version, released, has gone to its recipients', async () => {
    const file = join(folder, '2026-03-01', `${idA}.json`);
    const entry = (await openQuarantine(folder).read(idA)).entry;
    await writeFile(file, JSON.stringify({ ...entry, releasedAt: '2026-03-05T00:00:00Z' }));
    expect((await run('release', idA)).failure?.exitCode).toBe(64);
  });
});

describe('many', () => {
  test('release by what is looked for, the oldest first; those that fail do not hold up the others', async () => {
    outcomes = { 'b@example.org': { outcome: 'refused', reason: '550 no' } };
    const { failure, stdout } = await run('release', '--reason', 'malware');
    expect(released.map(({ entry }) => entry.id)).toEqual([idA, idB]);
    expect(stdout).toBe('');
    expect(failure?.exitCode).toBe(75);
    expect(failure?.message.split('\n')).toHaveLength(2);
  });

  test('--dry-run does nothing', async () => {
    const { stdout } = await run('delete', '--older-than', '1d', '--dry-run');
    expect(stdout).toBe(`${idA}: would be deleted\n${idB}: would be deleted\n`);
    expect((await run('release', 'AA', '--dry-run')).stdout).toBe(`${idA}: would be released\n`);
    expect([released, audited]).toEqual([[], []]);
    expect((await openQuarantine(folder).list()).entries).toHaveLength(2);
  });

  test('delete --older-than', async () => {
    expect((await run('delete', '--older-than', '2026-03-02T00:00:00Z')).stdout).toBe(`${idA}: deleted\n`);
    expect((await openQuarantine(folder).list()).entries.map(({ id }) => id)).toEqual([idB]);
    expect((await run('delete', '--older-than', '2026-03-02T00:00:00Z')).stdout).toBe('');
  });

  test.each(['release', 'delete'])(
    '%s: saying nothing is not meaning all; ids and criteria together are neither',
    async (command) => {
      expect((await run(command)).failure?.exitCode).toBe(64);
      expect((await run(command, 'AA', '--reason', 'malware')).failure?.exitCode).toBe(64);
      expect((await openQuarantine(folder).list()).entries).toHaveLength(2);
      expect(released).toEqual([]);
    },
  );

  test('several ids; one that is not there is 66 when the others are done', async () => {
    const { stdout, failure } = await run('delete', 'AA', 'FFFF', 'AB');
    expect(stdout).toBe(`${idA}: deleted\n${idB}: deleted\n`);
    expect(failure?.exitCode).toBe(66);
  });
});

test('delete removes one message', async () => {
  expect((await run('delete', 'AA')).stdout).toBe(`${idA}: deleted\n`);
  expect((await openQuarantine(folder).list()).entries.map(({ id }) => id)).toEqual([idB]);
});

test.each(['show', 'release', 'delete'])(
  '%s: an id that is not there is 66, one that fits several is 64',
  async (command) => {
    expect((await run(command, '\x1b[2J')).failure).toMatchObject({
      exitCode: 66,
      message: expect.not.stringContaining('\x1b'),
    });
    expect((await run(command, 'A')).failure).toMatchObject({ exitCode: 64 });
    expect((await openQuarantine(folder).list()).entries.length).toBe(2);
  },
);

test.each(['show', 'release'])('%s: a damaged entry is 65', async (command) => {
  await writeFile(join(folder, '2026-03-01', `${idA}.json`), '{');
  const { failure } = await run(command, idA);
  expect(failure).toBeInstanceOf(CommandFailure);
  expect(failure?.exitCode).toBe(65);
});
