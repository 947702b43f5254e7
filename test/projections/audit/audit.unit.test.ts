import { describe, expect, test } from 'vitest';
import { type ActNote, actEvent, adminActs, settingsEvent } from '../../../src/events/audit.ts';
import { commandEvent } from '../../../src/events/command.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { audit } from '../../../src/projections/audit/audit.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const gateway = '/sekisho/gateway/mx1';
const who = { user: 'root', uid: 0, sudoUser: 'alice', host: 'mx1' };
const note: ActNote = {
  ...{ act: '6f1c0a3e-91d2-4000-8000-000000000001', what: 'quarantine-release', phase: 'begun', who },
  ...{ target: '3F2A', before: 'kept', after: null, reason: null, timeMs: 1_800_000_000_000 },
};
const entries = (...events: Envelope[]) =>
  [...(foldAll(audit, events).entries ?? [])].map(([, row]) => row as unknown as LogEntry);

describe('acts of administrators', () => {
  test('each is told when it begins and when it has ended, with who did it', () => {
    const told = entries(
      actEvent(note, gateway),
      actEvent({ ...note, phase: 'done', after: 'released' }, gateway),
      actEvent({ ...note, phase: 'failed', reason: 'no next hop' }, gateway),
    );
    expect(told.map(({ type, level, message }) => [type, level, message.en])).toEqual([
      ['audit', 'information', 'Release from quarantine has begun: 3F2A (by alice (sudo: root)@mx1, uid 0).'],
      // Both ends have the id that the second word on an act has: here only the last is left.
      ['audit', 'warning', 'Release from quarantine has failed: 3F2A: no next hop (by alice (sudo: root)@mx1, uid 0).'],
    ]);
    const [, done] = entries(actEvent(note, gateway), actEvent({ ...note, phase: 'done', after: 'released' }, gateway));
    expect(done?.message.ja).toBe(
      '隔離メッセージの解放が完了しました: 3F2A [kept → released] (実行者: alice (sudo: root)@mx1, uid 0)。',
    );
  });

  test('each has words of its own in both languages', () => {
    const told = adminActs.flatMap((what) => entries(actEvent({ ...note, what }, gateway)));
    expect(new Set(told.map(({ message }) => message.en)).size).toBe(adminActs.length);
    for (const { message } of told) expect(message.ja).toMatch(/^(Kafka)?[ァ-ヶー一-龠]/);
  });
});

describe('settings', () => {
  const settings = { id: 'a', timeMs: 0, at: 'start', by: { kind: 'user', ...who }, inForce: [] } as const;
  const change = (key: string) => ({ section: 'smtp', key, before: '1', after: '2', from: 'imss.ini:3' });

  test('the first five changes are in the sentence, all in the data', () => {
    const changes = ['a', 'b', 'c', 'd', 'e', 'f'].map(change);
    const [entry] = entries(settingsEvent({ ...settings, by: { kind: 'signal' }, changes }, gateway));
    expect(entry?.message.en).toMatch(
      /^Settings were changed: \[smtp\] a: 1 → 2 \(imss\.ini:3\); .*; and 1 more \(by SIGHUP\)\.$/,
    );
    expect(entry?.data.changes).toHaveLength(6);
  });

  test('a secret is not shown; what retention made the gateway say again is not told', () => {
    const secret = { ...change('key'), secret: true } as const;
    const [entry] = entries(settingsEvent({ ...settings, changes: [secret] }, gateway));
    expect(entry?.message.ja).toContain('[smtp] key: (secret) (imss.ini:3)');
    expect(entries(settingsEvent({ ...settings, at: 'kept', changes: [] }, gateway))).toEqual([]);
    expect(entries(settingsEvent({ ...settings, changes: [] }, gateway))).toHaveLength(1);
  });
});

test('commands to gateways: who gave them is known to the end, and forgotten then', () => {
  const event = eventsOf(gateway);
  const command = { command: 'c1', order: { kind: 'deploy-component', component: 'agent' }, reason: null };
  const given = commandEvent({
    ...{ id: 'c1', order: { kind: 'deploy-component', component: 'agent', version: null }, validSeconds: 60 },
    ...{ source: '/sekisho/cli/mx1/alice', timeMs: 0, gateways: [] },
  });
  const running = { ...command, state: 'Running', input: { givenBy: '/sekisho/cli/mx1/alice' } };
  const story = [
    given,
    event('command.running', 'command/c1/mx1', running),
    event('command.failed', 'command/c1/mx1', { ...command, state: 'Failed', reason: 'no room' }, 'ERROR'),
  ];
  expect(entries(...story).map(({ message }) => message.en)).toEqual([
    'Command deploy-component agent (c1) was given (by /sekisho/cli/mx1/alice).',
    'Command deploy-component agent (c1) has begun (by /sekisho/cli/mx1/alice).',
    'Command deploy-component agent (c1) has failed: no room (by /sekisho/cli/mx1/alice).',
  ]);
  expect(foldAll(audit, story).given?.size).toBe(0);
});
