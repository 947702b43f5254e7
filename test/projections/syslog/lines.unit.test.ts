import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { isWanted } from '../../../src/events/wanted.ts';
import { audit } from '../../../src/projections/audit/audit.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import {
  type LinesState,
  type LogLine,
  linesOf,
  mayMakeLine,
  noLinesYet,
} from '../../../src/projections/syslog/lines.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../../support/recorded-histories.ts';

const lines = (events: readonly Envelope[]) => linesOf(noLinesYet, events).lines;
const facts = (line: LogLine | undefined) => Object.fromEntries(line?.facts ?? []);
const event = eventsOf();

const input = {
  ...{
    guid: 'A',
    size: 700,
    mailFrom: 'a@example.org',
    recipients: ['b@example.net', 'c@example.net'],
    recipientCount: 2,
  },
  ...{ client: '192.0.2.1', queueId: '4cXyZ', messageId: 'm1@example.org', subject: 'not for syslog' },
};
const ofScan = (type: string, data: object): Envelope => ({
  ...event(`scan.${type}`, 'scan/A', { ...data }),
  correlationid: 'A',
});
const verdict = {
  verdict: 'malware',
  method: 'smart',
  action: 'quarantine',
  malware: [{ name: 'Evil-1' }, { name: 'Evil-1' }],
};

describe('lines of messages', () => {
  test('one line when it is answered, with all that is known', () => {
    const events = [
      ofScan('agent-pattern', { input }),
      ofScan('querying', {}),
      ofScan('verdict', { verdict }),
      ofScan('acting', {}),
      ofScan('answered', { reply: { code: 250, text: '2.0.0 Ok: quarantined as A' }, elapsedMs: 12 }),
    ];
    const [line, ...more] = lines(events);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      ...{ id: events[4]?.id, time: events[4]?.time, level: 'warning', kind: 'message' },
      message: {
        ja: 'マルウェア Evil-1, 隔離: 250 2.0.0 Ok: quarantined as A',
        en: 'malware Evil-1, quarantined: 250 2.0.0 Ok: quarantined as A',
      },
    });
    expect(facts(line)).toEqual({
      ...{ guid: 'A', queueId: '4cXyZ', messageId: 'm1@example.org', from: 'a@example.org', client: '192.0.2.1' },
      ...{ to: 'b@example.net,c@example.net', recipients: '2', size: '700', verdict: 'malware', method: 'smart' },
      ...{ action: 'quarantine', malware: 'Evil-1', reply: '250 2.0.0 Ok: quarantined as A', ms: '12' },
    });
  });

  test('a rule of the policy is named, and what it did to clean mail is a warning', () => {
    const ruled = { ...verdict, verdict: 'clean', action: 'quarantine', malware: [], rule: 'programs' };
    const [line] = lines([
      ofScan('verdict', { verdict: ruled }),
      ofScan('answered', { reply: { code: 250, text: '' } }),
    ]);
    expect(line?.level).toBe('warning');
    expect(line?.facts).toContainEqual(['rule', 'programs']);
  });

  test('clean and taken is information, refused by the next hop is a warning', () => {
    const clean = { ...verdict, verdict: 'clean', action: 'pass', malware: [] };
    const levels = [250, 451, 550].map((code) => {
      const [line] = lines([ofScan('verdict', { verdict: clean }), ofScan('answered', { reply: { code, text: '' } })]);
      return line?.level;
    });
    expect(levels).toEqual(['information', 'warning', 'warning']);
  });

  test('a deferred message says why, and the reply that it got', () => {
    const [line] = lines([ofScan('deferred', { input: { ...input, mailFrom: '' }, reply: null, failure: 'timeout' })]);
    expect(line?.message.en).toBe('deferred: 451 Email rejected for a scanning error.');
    expect(facts(line)).toMatchObject({
      from: '<>',
      failure: 'timeout',
      reply: '451 Email rejected for a scanning error.',
    });
  });

  test('what a process that was killed had in hand has its line when the next one starts', () => {
    const last = ofScan('verdict', { verdict });
    const { state } = linesOf(noLinesYet, [ofScan('agent-pattern', { input }), last]);
    const starting = event('service.starting', 'service', { state: 'Starting', epoch: 2 });
    const next = linesOf(state, [starting]);
    expect(next.state.open.size).toBe(0);
    const [line] = next.lines.filter(({ kind }) => kind === 'message');
    expect(line).toMatchObject({ id: last.id, time: last.time, level: 'warning' });
    expect(line?.message.en).toBe('malware Evil-1, quarantined: unfinished');
    expect(facts(line)).not.toHaveProperty('reply');
  });

  test('scans that never end do not fill the memory', () => {
    const events = Array.from({ length: 10_050 }, (_, index) => ({
      ...ofScan('agent-pattern', { input }),
      correlationid: `${index}`,
    }));
    const { open } = linesOf(noLinesYet, events).state;
    expect([open.size, open.has('49'), open.has('50')]).toEqual([10_000, false, true]);
  });

  test('an event that cannot be folded costs no other line', () => {
    const broken = ofScan('agent-pattern', { input: { ...input, recipients: 7 } });
    expect(lines([broken, ofScan('answered', { reply: { code: 250, text: 'Ok' } })])).toHaveLength(1);
  });
});

describe.each(recordedHistories())('$name', (history) => {
  const events = eventsOfToday(history);

  test('one line for each message, and each entry of the logs of system events and of audit', () => {
    const all = lines(events);
    const ends = events.filter(({ type }) => /^sekisho\.scan\.(answered|deferred)\./.test(type));
    const ended = all.filter(({ kind, facts: own }) => kind === 'message' && own.some(([name]) => name === 'reply'));
    expect(ended.map(({ id }) => id)).toEqual(ends.map(({ id }) => id));
    for (const log of [systemEvents, audit]) {
      const { entries } = foldAll(
        log,
        events.filter((each) => isWanted(log, each)),
      );
      const told = [...(entries?.values() ?? [])] as unknown as LogEntry[];
      const own = all.filter(({ kind }) => kind === (log === audit ? 'audit' : 'system'));
      expect(own.map(({ id, message }) => [id, message])).toEqual(told.map(({ id, message }) => [id, message]));
    }
  });

  test('the same lines however the log is cut, with the state kept as JSON, and batches tried twice', () => {
    const whole = lines(events);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
        const seen: LogLine[] = [];
        let state: LinesState = noLinesYet;
        for (let at = 0, turn = 0; at < events.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          const batch = events.slice(at, at + size);
          // Not taken by the server: nothing has changed, and it is tried again.
          linesOf(state, batch);
          const next = linesOf(state, batch);
          seen.push(...next.lines);
          const { open, rows } = JSON.parse(JSON.stringify({ open: [...next.state.open], rows: [...next.state.rows] }));
          state = { open: new Map(open), rows: new Map(rows) };
          at += size;
        }
        expect(seen).toEqual(whole);
      }),
      { numRuns: 5 },
    );
  });

  test('no event that makes a line is passed over by its type', () => {
    expect(lines(events.filter(({ type }) => mayMakeLine(type)))).toEqual(lines(events));
  });
});
