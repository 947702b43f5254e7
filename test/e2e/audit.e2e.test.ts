import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createQuarantine } from '../../src/adapters/quarantine/create-quarantine.ts';
import { entryOf } from '../adapters/quarantine/entries.ts';
import { Lab, type LabGateway } from '../support/processes.ts';

const id = 'AAAAAAAA-0000-4000-8000-000000000001';
let lab: Lab;
let gateway: LabGateway;
const ini = (level: string, timeout: number, kept = '') =>
  lab.writeIni(
    `[log]\nlevel = ${level}\n[smart_scan]\nquery_timeout_ms = ${timeout}\nservers = https://127.0.0.1:9\n${kept}`,
  );
const start = async () => {
  gateway = await lab.gateway({ 'next_hop.url': 'maildir:maildir' });
};
beforeAll(async () => {
  lab = new Lab();
  ini('info', 1500);
  await start();
});
afterAll(() => lab.close());

/** Events of the audit trail: type, who, and what is in them. */
async function trail(type: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await lab.command('events', '--format', 'json', '--type', type);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).data);
}
const change = (section: string, key: string, before: string, after: string, line: number) =>
  expect.objectContaining({ section, key, before, after, from: `${join(lab.folder, 'imss.ini')}:${line}` });

test('the settings of the first start are on record, with who started it', async () => {
  const [first, ...more] = await trail('settings.in-force');
  expect(first).toMatchObject({ at: 'start', by: { kind: 'user', uid: process.getuid?.() } });
  expect(first?.inForce).toContainEqual(expect.objectContaining({ section: 'log', key: 'level', value: 'info' }));
  expect(more).toEqual([]);
  expect(await trail('settings.changed')).toEqual([]);
});

test('SIGHUP: what holds now is told now, the rest at the next start', async () => {
  ini('debug', 3000);
  gateway.child.kill('SIGHUP');
  const follower = lab.follow();
  await follower.until('settings.changed');
  const [changed] = await trail('settings.changed');
  expect(changed).toMatchObject({ at: 'restart', by: { kind: 'signal' } });
  expect(changed?.changes).toEqual([change('smart_scan', 'query_timeout_ms', '1500', '3000', 4)]);
});

test('a command: by whom it was given', async () => {
  ini('debug', 2000);
  const { code } = await lab.command('command', 'restart', '--local', '--id', 'audited', '--wait', '60');
  expect(code).toBe(0);
  const changed = (await trail('settings.changed')).at(-1);
  expect(changed?.by).toMatchObject({
    kind: 'command',
    command: 'audited',
    givenBy: expect.stringMatching(/^\/sekisho\/cli\//),
  });
  expect(changed?.changes).toEqual([change('smart_scan', 'query_timeout_ms', '3000', '2000', 4)]);
});

test('what is changed and done while no gateway runs is told at the next start', async () => {
  await gateway.stop();
  ini('debug', 1700);
  const quarantine = join(lab.folder, 'state/quarantine');
  await createQuarantine({ folder: quarantine }).store(entryOf(id), [Buffer.from('Subject: x\r\n\r\n')]);
  expect((await lab.command('quarantine', 'delete', 'AA')).code).toBe(0);
  expect((await lab.command('quarantine', 'delete', 'AA')).code).toBe(66);
  await start();
  await lab.follow().until('admin.quarantine-delete', ({ data }) => data.phase === 'failed');

  const changed = (await trail('settings.changed')).at(-1);
  expect(changed).toMatchObject({ at: 'start', by: { kind: 'user' } });
  expect(changed?.changes).toEqual([
    change('smart_scan', 'query_timeout_ms', '2000', '1700', 4),
    change('log', 'level', 'info', 'debug', 2),
  ]);
  const acts = await trail('admin.quarantine-delete');
  expect(acts.map(({ phase, target, after }) => [phase, target, after])).toEqual([
    ['begun', 'AA', null],
    ['done', 'AA', 'gone'],
    ['begun', 'AA', null],
    ['failed', 'AA', null],
  ]);
  expect(acts[3]?.reason).toMatch(/no such message/);
  expect(readdirSync(join(lab.folder, 'state/audit'))).toEqual(['fingerprint.key']);
});

test('a start with the same settings says nothing; what is no note is told and goes', async () => {
  const before = await trail('settings.changed');
  await gateway.stop();
  mkdirSync(join(lab.folder, 'state/audit'), { recursive: true });
  writeFileSync(join(lab.folder, 'state/audit/x.json'), '{"act":1}');
  await start();
  await gateway.untilOutput(/x in .*audit is no note on an act/);
  expect(await trail('settings.changed')).toEqual(before);
  expect(await trail('settings.in-force')).toHaveLength(1);
});

test('an act that cannot be audited is not done', async () => {
  const quarantine = join(lab.folder, 'state/quarantine');
  await createQuarantine({ folder: quarantine }).store(entryOf(id), [Buffer.from('Subject: x\r\n\r\n')]);
  const state = join(lab.folder, 'other');
  mkdirSync(join(state, 'journal'), { recursive: true });
  writeFileSync(join(state, 'audit'), 'a file where a folder should be');
  const given = { 'state.folder': state, 'quarantine.folder': quarantine };
  const { code, stderr } = await lab.commandWith(given, 'quarantine', 'delete', 'AA');
  expect(stderr).toMatch(/nothing was done, as it cannot be audited/);
  expect(code).not.toBe(0);
  expect((await lab.command('quarantine', 'show', 'AA')).code).toBe(0);
});
