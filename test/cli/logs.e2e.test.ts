import { execFile } from 'node:child_process';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import { laneOf } from '../../src/events/lane.ts';
import { answered, asking, scanBegun } from '../projections/messages/scans.ts';
import { eventsOf } from '../support/fold.ts';
import { Lab } from '../support/processes.ts';

const bin = fileURLToPath(new URL('../../bin/sekisho', import.meta.url));
const many = 3000;

describe('sekisho logs query', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = new Lab();
    const journal = await createJournal({
      folder: join(lab.folder, 'state/journal'),
      ...{ freeBytesMin: 0, daysMax: 36_500 },
    });
    const make = eventsOf();
    const server = { server: 'sps1.example:443', cacheSeconds: 300, state: 'CachedInvalid.Unasked' };
    const guid = (index: number) => `0B8A1C5E-6F0D-4F0B-9D7E-${index.toString(16).toUpperCase().padStart(12, '0')}`;
    const found = answered(make, guid(1));
    const message = { mailFrom: 'a@example.org', recipients: ['b@example.net'], recipientCount: 1, messageId: '=m1@x' };
    const verdict = found[0]?.data.verdict;
    const events = [
      make('server.cached-invalid', 'server/sps1.example:443', server, 'ERROR'),
      make('service.running', 'service', { from: 'Starting', state: 'Running' }),
      ...asking(make, scanBegun(guid(1), { messageId: '=m1@x' })),
      ...found.slice(0, 2),
      make('scan.answered', `scan/${guid(1)}`, {
        state: 'Answered',
        verdict,
        reply: { code: 250, text: 'Ok' },
        message,
      }),
      ...Array.from({ length: many }, (_, index) =>
        make('scan.deferred', `scan/${guid(index + 2)}`, { reply: null, failure: 'timeout', message }, 'WARN'),
      ),
    ].map((event) => (event.subject.startsWith('scan/') ? { ...event, correlationid: event.subject.slice(5) } : event));
    for (const event of events) journal.append(laneOf(event), event);
    await journal.durable();
    await journal.close();
  });
  afterAll(() => lab.close());

  const query = (...argv: string[]) => lab.command('logs', 'query', ...argv);
  const lines = ({ stdout }: { stdout: string }) => stdout.split('\n').filter(Boolean);

  test('the words of the specification, by the Japanese names of type and level', async () => {
    const { code, stdout, stderr } = await query('--type', 'システムイベント', '--level', 'エラー', '--lang', 'ja');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^\S+Z {2}エラー {2}Smart Protection Serverのファイルレピュテーションサービス \(sps1\.example\) が300秒間利用できません。 {2}server/,
    );
    expect(lines({ stdout })).toHaveLength(1);
  });

  test.each([
    [['--server', 'sps1.example'], 1],
    [['--server', 'sps1.example:8443'], 0],
    [['--text', '*時間*;*秒間*'], 1],
    [['--until', '2027-01-15'], 0],
    [['--since', '2027-01-15 00:00'], 2],
    [['--type', 'policy', '--message-id', '<=m1@x>', '--server', 'sps'], 1],
    [['--type', 'ポリシーイベント', '--text', '*マルウェア*'], 1],
    [['--type', 'policy', '--level', '警告', '--limit', '7'], 7],
    [['--type', 'メッセージ追跡', '--message-id', '=m1@x'], 1],
    [['--type', 'tracking', '--server', 'sps'], 1],
    [['--type', 'tracking', '--server', 'other'], 0],
    [['--type', '監査ログ'], 0],
  ])('%j finds %i', async (argv, count) => {
    const { code, stdout } = await query(...argv, '--format', 'json');
    expect(code).toBe(0);
    expect(lines({ stdout })).toHaveLength(count);
  });

  test('more than the limit is told; nothing, too, to people', async () => {
    const { stdout, stderr } = await query('--type', 'policy', '--limit', '5', '--lang', 'en');
    expect(stdout.match(/Message deferred \(451 Email rejected for a scanning error\.\)/g)).toHaveLength(5);
    expect(stderr).toBe(
      'These are the newest 5; there are more: --limit for more of them, --since and --until for others.\n',
    );
    expect(await query('--server', 'nobody')).toEqual({ code: 0, stdout: '', stderr: 'Nothing fits.\n' });
  });

  test('CSV: a header, CRLF, no formula, and a byte order mark for Excel', async () => {
    const { stdout } = await query(
      '--type',
      'policy',
      '--text',
      'Malware*',
      '--format',
      'csv',
      '--bom',
      '--lang',
      'ja',
    );
    const [header, record, ...rest] = stdout.split('\r\n');
    expect(header).toBe('\ufefftime,type,level,message,subject,servers,messageId,correlationid,source,id');
    expect(record).toMatch(
      /,policy,警告,"?invoice\.exe でマルウェア Test\.Malware-1 を検出しました。.*,sps:443,'=m1@x,/,
    );
    expect(rest).toEqual(['']);
    const tracking = await query('--type', 'tracking', '--format', 'csv', '--lang', 'en');
    expect(tracking.stdout).toMatch(/^time,from,to,outcome,.*\r\n.*,<A@example\.org>,<b@example\.net>,delivered,/);
  });

  test('a reader that has enough ends it quietly', async () => {
    const pipe = `"${bin}" logs query --type policy --limit 1000000 --format json | head -1; echo "\${PIPESTATUS[0]}"`;
    const env = { PATH: process.env.PATH, SEKISHO_STATE_FOLDER: join(lab.folder, 'state') };
    const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', pipe], { env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\{.*\}\n0\n$/);
    const all = await query('--type', 'policy', '--limit', '1000000', '--format', 'json');
    expect(lines(all)).toHaveLength(many + 1);
  });

  test.each([
    [['--type', 'mail'], /must be one of system \(システムイベント\), policy .*, tracking .*, audit \(監査ログ\)/],
    [['--level', '重大'], /must be one of error \(エラー\), warning \(警告\), information \(情報\)/],
    [['--since', '2026-02-30'], /must be 2026-11-24T10:00:00Z, .* local time/],
    [['--until', 'tomorrow'], /must be 2026-11-24T10:00:00Z/],
    [['--since', '1h', '--until', '2h'], /--since is not before --until/],
    [['--limit', '-1'], /must be a whole number/],
    [['--format', 'xml'], /table, json, csv/],
    [['--bom'], /--bom is for --format csv/],
    [
      ['--type', 'tracking', '--level', 'error'],
      /--level does not go with --type tracking: it is for system, policy, audit/,
    ],
    [['--message-id', 'x'], /--message-id does not go with --type system: it is for policy, tracking/],
    [['--type', 'audit', '--server', 'x'], /--server does not go with --type audit/],
  ])('%j is refused, with what is allowed', async (argv, reason) => {
    const { code, stdout, stderr } = await query(...argv);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(lines({ stdout: stderr })).toHaveLength(1);
  });

  test('a damaged view is put aside, told, made anew from the log, and answers', async () => {
    const before = await query('--type', 'policy', '--limit', '4000', '--format', 'json');
    await truncate(join(lab.folder, 'state/projections/policy-events.db'), 40_960);
    const { code, stdout, stderr } = await query('--type', 'policy', '--limit', '4000', '--format', 'json');
    expect(stderr).toMatch(
      /^the view \S+policy-events\.db was damaged \(.*\); it is kept as policy-events\.db\.damaged-/,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: before.stdout });
    expect((await query('--type', 'policy', '--limit', '4000', '--format', 'json')).stderr).toBe('');
  });
});
