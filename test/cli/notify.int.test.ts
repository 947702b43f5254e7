import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Lab } from '../support/processes.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

let lab: Lab;
let relay: SmtpSink;
beforeEach(async () => {
  relay = await startSmtpSink();
  lab = new Lab({ 'notify.mail_relay': relay.url, 'notify.mail_from': 'sekisho@example.org' });
});
afterEach(async () => {
  await lab.close();
  await relay.close();
});

describe('sekisho notify test', () => {
  test('sends to each target now, and says what it answered; it is marked as a test', async () => {
    const { code, stdout } = await lab.commandWith(
      { 'notify.mail_to': 'a@example.org, b@example.org' },
      'notify',
      'test',
      '--mail',
      '--kind',
      'malware',
    );
    expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({
      code: 0,
      lines: [expect.stringMatching(/^mail a@example\.org: 250 /), expect.stringMatching(/^mail b@example\.org: 250 /)],
    });
    expect(
      relay.messages.map(({ content }) =>
        /^Subject: (=\?UTF-8\?[BQ]\?VEVTV|TEST|=\?UTF-8\?Q\?TEST)/im.test(content.toString('latin1')),
      ),
    ).toEqual([true, true]);
  });

  test('exit code 69 when a target has not taken it, and why; the others get theirs', async () => {
    relay.script = ({ verb, line }) =>
      verb === 'RCPT' && line.includes('gone@')
        ? '550 5.1.1 no such user'
        : verb === 'RCPT' && line.includes('later@')
          ? '450 4.2.0 later'
          : undefined;
    const to = 'gone@example.org, later@example.org, there@example.org';
    const { code, stdout, stderr } = await lab.commandWith({ 'notify.mail_to': to }, 'notify', 'test');
    expect(code).toBe(69);
    expect(stdout).toMatch(/gone@example\.org: refused: .*550 5\.1\.1 no such user/);
    expect(stdout).toMatch(/later@example\.org: not now: .*450 4\.2\.0 later/);
    expect(stdout).toMatch(/there@example\.org: 250 /);
    expect(stderr).toContain('2 of the targets did not take it');
    expect(relay.messages).toHaveLength(1);
  });

  test('exit code 78 when nobody is set, 64 for a kind that there is not', async () => {
    expect((await lab.command('notify', 'test', '--mail')).stderr).toContain('[notify] mail_to is empty');
    expect(await lab.command('notify', 'test', '--snmp')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('snmp_receivers is empty'),
    });
    expect(await lab.commandWith({ 'notify.mail_relay': '' }, 'notify', 'test')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('nobody is to be told'),
    });
    expect((await lab.command('notify', 'test', '--kind', 'notice-to-sender')).code).toBe(64);
  });
});

test('texts that cannot be used are refused by check-config and at the start, with file, line and what may stand there', async () => {
  const folder = join(lab.folder, 'texts');
  mkdirSync(folder);
  writeFileSync(join(folder, 'failover.ja.txt'), 'a {host}\n\nb\n');
  lab.writeIni(`[notify]\ntemplates_folder = texts\n`);
  for (const command of [['check-config'], ['gateway'], ['notify', 'test']]) {
    const { code, stderr } = await lab.command(...command);
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: `sekisho: ${folder}/failover.ja.txt:1: unknown token {host}; tokens are {time} {since} {gateway} {count} {kind} {id}\n`,
    });
  }
  writeFileSync(join(folder, 'failover.ja.txt'), 'a {gateway}\n\nb\n');
  expect((await lab.command('check-config')).code).toBe(0);
});

test('sekisho notify list says that there is nothing yet', async () => {
  expect(await lab.command('notify', 'list')).toEqual({ code: 0, stdout: 'Nothing was to be told yet.\n', stderr: '' });
  expect(await lab.command('notify', 'list', '--format', 'json')).toEqual({ code: 0, stdout: '', stderr: '' });
});
