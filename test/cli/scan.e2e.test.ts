import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, nestedMessage, textPart, zip } from '../support/mails.ts';
import { Lab } from '../support/processes.ts';

/** `sekisho scan` and `sekisho policy test`, with components that a real gateway has fetched; it has ended. */

const asked = Buffer.from('only the server knows that this is malware');
const exe = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]);
const infected = mail(
  multipart([
    textPart('See the file.'),
    attachment('bill\u202egpj.zip', zip([{ name: 'in/e.com', content: EICAR }]), { type: 'application/zip' }),
    nestedMessage(mail(multipart([attachment('setup.exe', exe)]), { subject: 'inner' })),
  ]),
  { subject: 'bill \u001b[31m' },
);

let lab: Lab;
let servers: string;
const write = (name: string, content: Buffer) => writeFileSync(join(lab.folder, name), content);
const state = (name: string) => ({ 'state.folder': join(lab.folder, name), 'smart_scan.servers': servers });
const run = (...argv: string[]) => lab.commandWith(state('state'), ...argv);
const json = async (...argv: string[]) => {
  const { code, stdout } = await run(...argv, '--json');
  return {
    code,
    reports: stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
};

beforeAll(async () => {
  lab = new Lab();
  const port = await freePort();
  servers = `https://127.0.0.1:${port}`;
  write('served.hsb', Buffer.from(`${hash('sha256', asked)}:${asked.length}:Test.Served-1\n`));
  expect((await lab.command('sps', 'import', 'served.hsb')).code).toBe(0);
  await lab.sps(port);
  const gateway = await lab.gateway({ 'smart_scan.servers': servers });
  const components = join(lab.folder, 'state', 'components');
  const has = (name: string) => existsSync(join(components, name)) && readdirSync(join(components, name)).length > 0;
  await eventually('all components', () => ['agent', 'conventional', 'filter'].every(has), 30_000);
  await gateway.stop();
  cpSync(join(lab.folder, 'state'), join(lab.folder, 'agent-only'), { recursive: true });
  rmSync(join(lab.folder, 'agent-only', 'components', 'conventional'), { recursive: true });
  write('infected.eml', infected);
  write('clean.txt', Buffer.from('nothing in it\n'));
  write('asked.bin', asked);
  write('setup.exe', exe);
  write('locked.zip', zip([{ name: 'x', content: Buffer.from('secret'), flags: 1, method: 99 }]));
  mkdirSync(join(lab.folder, 'folder'));
}, 60_000);
afterAll(() => lab.close());

describe('sekisho scan', () => {
  test('a mail: the tree of everything in it, with readings, types, names and who found what; 1 for malware', async () => {
    const { code, stdout, stderr } = await run('scan', 'infected.eml', '--lang', 'en');
    expect(code).toBe(1);
    expect(stderr).toBe('sekisho: malware in 1 of 1\n');
    expect(stdout).toContain('infected.eml: MALWARE');
    expect(stdout).toMatch(/├─ bill\\u\{202e\}gpj\.zip {2}\[zip\]\n/);
    expect(stdout).toMatch(
      /│ {2}└─ in\/e\.com\n.*275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f {2}68 bytes/,
    );
    expect(stdout).toContain('MALWARE Eicar-Test-Signature (agent pattern)');
    expect(stdout).toContain('MALWARE Eicar-Test-Signature (conventional pattern)');
    expect(stdout).toMatch(/└─ setup\.exe {2}\[exe\]/);
    expect(stdout).toContain('attachment, declared application/zip');
    expect([...stdout].filter((character) => /[\p{Cf}\p{Cc}]/u.test(character) && character !== '\n')).toEqual([]);
  });

  test('the same as JSON, one object for each file, and in Japanese', async () => {
    const { code, reports } = await json('scan', 'infected.eml', 'clean.txt');
    expect(code).toBe(1);
    expect(reports).toMatchObject([
      { name: 'infected.eml', isMessage: true, verdict: 'malware' },
      { name: 'clean.txt', isMessage: false, verdict: 'clean', files: [{ path: ['clean.txt'] }] },
    ]);
    expect(reports[0].files.find(({ path }: { path: string[] }) => path.at(-1) === 'in/e.com')).toMatchObject({
      malware: [
        { name: 'Eicar-Test-Signature', by: 'agent' },
        { name: 'Eicar-Test-Signature', by: 'conventional' },
      ],
    });
    expect((await run('scan', 'infected.eml', '--lang', 'ja')).stdout).toContain('infected.eml: 不正プログラム');
  });

  test('any other file: 0 when it is clean', async () => {
    const { code, stdout } = await run('scan', 'clean.txt', 'setup.exe', '--lang', 'en');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^clean\.txt: clean.*setup\.exe: clean.*\[exe\]/s),
    });
  });

  test('standard input', () => {
    const environment = { PATH: process.env.PATH, SEKISHO_STATE_FOLDER: join(lab.folder, 'state') };
    const bin = fileURLToPath(new URL('../../bin/sekisho', import.meta.url));
    const ended = spawnSync(bin, ['scan', '-'], { input: infected, env: environment, cwd: lab.folder });
    expect(ended.status).toBe(1);
    expect(ended.stdout.toString()).toMatch(/^-: /);
  });

  test('2 for what cannot be read: why, and where; and what is missing does not end the others', async () => {
    const { code, stdout, stderr } = await run('scan', 'locked.zip', 'missing', 'folder', 'clean.txt', '--lang', 'en');
    expect(code).toBe(2);
    expect(stdout).toMatch(/locked\.zip: UNSCANNABLE.*UNSCANNABLE: encrypted.*clean\.txt: clean/s);
    expect(stderr).toContain('missing: there is no such file');
    expect(stderr).toContain('folder is a folder');
    expect(stderr).toContain('3 of 4 not called clean');
  });

  test('malware weighs more than trouble', async () => {
    expect((await run('scan', 'locked.zip', 'infected.eml')).code).toBe(1);
  });

  test('what only the server knows: not decided without --query, as there is no conventional pattern; found with it', async () => {
    const only = (...argv: string[]) =>
      lab.commandWith(state('agent-only'), 'scan', 'asked.bin', '--lang', 'en', ...argv);
    const undecided = await only();
    expect(undecided.code).toBe(2);
    expect(undecided.stdout).toMatch(/asked\.bin: NOT DECIDED.*a server would be asked/s);
    const found = await only('--query');
    expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining('MALWARE Test.Served-1 (server ') });
    expect((await run('scan', 'asked.bin', '--lang', 'en')).stdout).toContain('Test.Served-1 (conventional pattern)');
  });

  test('a server that does not answer: 2, and why', async () => {
    const nowhere = {
      'state.folder': join(lab.folder, 'agent-only'),
      'smart_scan.servers': `https://127.0.0.1:${await freePort()}`,
    };
    const { code, stderr } = await lab.commandWith(nowhere, 'scan', '--query', 'asked.bin');
    expect(code).toBe(2);
    expect(stderr).toMatch(/127\.0\.0\.1:\d+: /);
  });

  test('without patterns nothing is called clean', async () => {
    const { code, stderr } = await lab.commandWith(state('empty'), 'scan', 'clean.txt', '--lang', 'en');
    expect(code).toBe(2);
    expect(stderr).toContain('nothing can be called clean');
    expect(existsSync(join(lab.folder, 'empty'))).toBe(false);
  });

  test('the limits of the settings hold', async () => {
    const { code, stdout } = await lab.commandWith(
      { ...state('state'), 'scan.depth_max': 1 },
      'scan',
      'infected.eml',
      '--json',
    );
    expect(code).not.toBe(0);
    expect(JSON.parse(stdout).unscannable).toContainEqual(expect.objectContaining({ reason: 'too-deep' }));
  });

  test('wrong arguments and settings are told apart from findings', async () => {
    expect((await run('scan')).code).toBe(64);
    expect((await lab.commandWith({ ...state('state'), 'scan.depth_max': 0 }, 'scan', 'clean.txt')).code).toBe(78);
  });
});

const rules = `
[notify]
own_domains = example.org
[policy]
own_networks = 10.0.0.0/8
[policy.boss]
to = boss@example.org
verdict = malware
action = tag
[policy.programs]
direction = incoming
file_type = executable
action = quarantine
[policy.rest]
action = pass
[policy.never]
from = example.com
action = reject
`;

describe('sekisho policy', () => {
  beforeAll(() => lab.writeIni(rules));

  test('list: the rules in force, in order, and those that can never be the one', async () => {
    const { code, stdout, stderr } = await run('policy', 'list', '--lang', 'en');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      expect.stringContaining('rule | conditions | action | also'),
      '1 | boss | to = boss@example.org; verdict = malware | tag',
      '2 | programs | direction = incoming; file_type = executable | quarantine',
      '3 | rest | every message | pass',
      '4 | never | from = example.com | reject',
      '',
    ]);
    expect(stderr).toContain('[policy.never] is never the one: [policy.rest]');
    expect(JSON.parse((await run('policy', 'list', '--json')).stdout)[0]).toMatchObject({
      name: 'boss',
      action: 'tag',
    });
  });

  test('test: for each group of recipients which rules were looked at and why, and what becomes of the message', async () => {
    const to = ['b@example.org', 'boss@example.org', 'c@example.org'].flatMap((each) => ['--to', each]);
    const { code, stdout } = await run(
      'policy',
      'test',
      'infected.eml',
      ...to,
      '--client',
      '192.0.2.1',
      '--lang',
      'en',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('from <sender@example.com>, client 192.0.2.1');
    expect(stdout).toMatch(/agent pattern \S+: Eicar-Test-Signature \(bill\\u\{202e\}gpj\.zip\/in\/e\.com\)/);
    expect(stdout).toContain('No server is asked: the agent pattern decides');
    const [, both = '', boss = ''] = stdout.split('Recipients: ');
    expect(both.split('\n').map((line) => line.trim())).toEqual([
      '<b@example.org>, <c@example.org>',
      '[policy.boss] does not match',
      'to = boss@example.org: no (b@example.org)',
      expect.stringContaining('verdict = malware: yes (malware: '),
      '[policy.programs] matches',
      'direction = incoming: yes (incoming)',
      'file_type = executable: yes (part-3/setup.exe (exe))',
      'The rules after it are not looked at',
      'Verdict: malware [policy.programs]',
      'action: quarantine (quarantined) (the strongest of this rule and of the virus rule for what was found)',
      '',
      '',
    ]);
    expect(boss).toMatch(/^<boss@example\.org> \(452 .*\[policy\.boss\] matches.*action: tag \(tagged\)\n/s);
  });

  test('test as JSON: the verdict as its event would have it; what would be asked', async () => {
    const message = mail(multipart([attachment('a.bin', asked)]));
    write('asked.eml', message);
    const plain = await json('policy', 'test', 'asked.eml', '--to', 'b@example.org', '--client', '10.1.2.3');
    expect(plain.reports).toMatchObject([
      {
        toAsk: [expect.stringMatching(/^[0-9a-f]{64}$/)],
        groups: [{ verdict: { verdict: 'clean', action: 'pass', rule: 'rest' } }],
      },
    ]);
    const queried = await json('policy', 'test', 'asked.eml', '--to', 'boss@example.org', '--query');
    expect(queried.reports[0].groups).toMatchObject([{ verdict: { verdict: 'malware', action: 'tag', rule: 'boss' } }]);
  });

  test('what the envelope does not say is taken from the header', async () => {
    const { reports } = await json('policy', 'test', 'infected.eml', '--from', '<>');
    expect(reports).toMatchObject([{ mailFrom: '', groups: [{ recipients: ['rcpt@example.org'] }] }]);
    write('nobody.eml', Buffer.from('Subject: x\r\n\r\ny\r\n'));
    expect(await run('policy', 'test', 'nobody.eml')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--to'),
    });
  });

  test('without a pattern nothing is decided: 451', async () => {
    const { stdout } = await lab.commandWith(state('empty'), 'policy', 'test', 'infected.eml', '--lang', 'en');
    expect(stdout).toContain('Reply: 451');
  });
});
