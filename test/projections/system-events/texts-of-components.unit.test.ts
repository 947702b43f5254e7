import { expect, test } from 'vitest';
import { type ComponentProblem, componentProblems } from '../../../src/events/component-problem.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import { notifications } from '../../../src/projections/notifications/notifications.ts';
import { problemTexts } from '../../../src/projections/system-events/component-problems.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const event = eventsOf();
const updater = (name: string, data: object) =>
  event(`updater.${name}`, 'component/agent', { component: 'agent', version: '7', from: 'Checking', ...data }, 'WARN');
const failed = (kind: string, name = 'failed') => updater(name, { trigger: { error: { kind, message: 'details' } } });
const rolledBack = (from: string) => updater('rolled-back', { from, heldBack: '7', version: '6' });
const entries = (events: readonly Envelope[]) =>
  [...(foldAll(systemEvents, events).entries?.values() ?? [])] as unknown as LogEntry[];
const said = (events: readonly Envelope[], language: 'ja' | 'en' = 'en') =>
  entries(events).map(({ message }) => message[language]);
const reasons = (events: readonly Envelope[]) =>
  [...(foldAll(notifications, events).due?.values() ?? [])].map(
    (due) => (due as unknown as { notification: { values: { reason: string } } }).notification.values.reason,
  );

test.each(componentProblems)('%s is told in both languages, with its details, and by a notification', (problem) => {
  const [entry] = entries([failed(problem)]);
  const { ja, en, level } = problemTexts[problem as ComponentProblem];
  expect(entry).toMatchObject({
    level: level ?? 'warning',
    message: {
      ja: `コンポーネント agent を更新できませんでした (${ja}): details`,
      en: `Component agent could not be updated (${en}): details`,
    },
  });
  expect(reasons([failed(problem)])).toEqual([`${problem}: details`]);
});

test('each kind of trouble is told once until a check succeeds: a dead source hides no forged pattern', () => {
  const events = [
    ...[failed('timeout'), failed('refused'), failed('wrongly-signed'), failed('wrongly-signed')],
    ...[failed('timeout'), failed('replayed-older'), failed('timeout', 'stale'), failed('timeout', 'stale')],
  ];
  expect(said(events)).toEqual([
    'Component agent could not be updated: details',
    'Component agent could not be updated (it is signed by no key that is trusted): details',
    'Component agent could not be updated (an older version than one that was seen is offered): details',
    'Component agent is too old or missing: details',
  ]);
  expect(reasons(events)).toHaveLength(4);
  expect(said([...events, updater('current', {}), failed('timeout')]).slice(4)).toEqual([
    'Component agent is up to date again.',
    'Component agent could not be updated: details',
  ]);
});

test('a roll back is told once for each version that is refused, and again only after an update', () => {
  const events = [rolledBack('RollingBack'), rolledBack('Checking'), rolledBack('Checking')];
  expect(said(events)).toEqual(['Component agent was rolled back to version 6; version 7 is refused.']);
  expect(said(events, 'ja')).toEqual([
    'コンポーネント agent をバージョン 6 に戻しました。バージョン 7 は使用しません。',
  ]);
  const updated = updater('updated', { version: '8' });
  expect(said([...events, updated, rolledBack('RollingBack')])).toHaveLength(3);
});

test('one that could not be done is told each time', () => {
  const events = [failed('nothing-before', 'not-rolled-back'), failed('nothing-before', 'not-rolled-back')];
  expect(said(events)).toEqual(
    Array(2).fill('Component agent could not be rolled back (there is no version before): details'),
  );
});
