import { expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const event = eventsOf();
const said = (events: readonly Envelope[]) =>
  ([...(foldAll(systemEvents, events).entries?.values() ?? [])] as unknown as LogEntry[]).map(({ level, message }) => [
    level,
    message.en,
  ]);
const certificate = (type: string, days: number, severity: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR') =>
  event(
    `certificate.${type}`,
    'certificate/sps.example:443',
    { certificate: 'sps.example:443', host: 'sps.example', days, end: '2026-12-01T00:00:00.000Z' },
    severity,
  );
const journal = (type: string, data: object, severity: 'DEBUG' | 'INFO' | 'ERROR') =>
  event(`journal.${type}`, 'journal', { short: null, heldBy: null, percent: 0, ...data }, severity);

test('a certificate is told near its end, over, and renewed; what a restart finds is known', () => {
  const events = [
    certificate('good', 90, 'DEBUG'),
    certificate('near-its-end', 21, 'WARN'),
    certificate('near-its-end', 20, 'WARN'),
    certificate('over', -1, 'ERROR'),
    certificate('over', -2, 'ERROR'),
    certificate('good', 90, 'INFO'),
    certificate('good', 90, 'DEBUG'),
  ];
  expect(said(events)).toEqual([
    ['warning', 'The certificate of sps.example:443 has 21 days left (2026-12-01T00:00:00.000Z).'],
    ['error', 'The certificate of sps.example:443 has expired (2026-12-01T00:00:00.000Z).'],
    ['information', 'The certificate of sps.example:443 has been renewed (until 2026-12-01T00:00:00.000Z).'],
  ]);
});

test('a journal that fills up says who holds it, a disk that it is the disk; each until there is room', () => {
  const held = { short: 'journal', heldBy: 'relay/kafka', percent: 83 };
  const events = [
    journal('roomy', {}, 'DEBUG'),
    journal('nearly-full', held, 'ERROR'),
    journal('nearly-full', held, 'ERROR'),
    journal('roomy', {}, 'INFO'),
    journal('nearly-full', { short: 'disk', percent: 97 }, 'ERROR'),
  ];
  expect(said(events)).toEqual([
    ['error', 'The journal is nearly full (83%): events that relay/kafka has not read cannot be deleted.'],
    ['information', 'The journal has enough room again.'],
    ['error', 'The disk of the journal has little room left (97% used).'],
  ]);
});

test('quarantine and archive are told apart: each is full until it has room', () => {
  const archive = { archive: '/archive' };
  const events = [
    event('quarantine.full', 'quarantine', {}, 'ERROR'),
    event('quarantine.full', 'archive//archive', archive, 'ERROR'),
    event('quarantine.full', 'archive//archive', archive, 'ERROR'),
    event('quarantine.expired', 'archive//archive', { ...archive, trigger: { ids: ['A', 'B'], why: 'age' } }),
    event('quarantine.open', 'archive//archive', archive),
    event('quarantine.open', 'quarantine', {}),
    event('quarantine.failing', 'archive//archive', { ...archive, reason: 'EACCES' }, 'WARN'),
  ];
  expect(said(events)).toEqual([
    ['error', 'The quarantine is full. Mail that should go there is answered 452 and stays with its sender.'],
    ['error', 'The archive is full. Mail that should go there is answered 452 and stays with its sender.'],
    ['information', 'Messages that were in archive for long enough, 2, were deleted.'],
    ['information', 'There is room in the archive again.'],
    ['information', 'There is room in the quarantine again.'],
    ['warning', 'The archive cannot be looked after: EACCES'],
  ]);
});
