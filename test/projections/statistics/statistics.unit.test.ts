import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { isWanted } from '../../../src/events/wanted.ts';
import { countOf, quantile } from '../../../src/projections/statistics/histogram.ts';
import { statistics } from '../../../src/projections/statistics/statistics.ts';
import { scanTimes, summarize } from '../../../src/projections/statistics/summary.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../../support/recorded-histories.ts';

const event = eventsOf();
const at = (time: string, made: Envelope): Envelope => ({ ...made, time });

function tablesOf(events: readonly Envelope[]) {
  return foldAll(
    statistics,
    events.filter((each) => isWanted(statistics, each)),
  );
}

/** As the store answers: rows whose hour is in the range. */
function periods(events: readonly Envelope[], more: Partial<Parameters<typeof summarize>[1]> = {}) {
  const tables = tablesOf(events);
  const view: Parameters<typeof summarize>[0] = {
    query: (table, { range, where } = {}) =>
      [...(tables[table]?.values() ?? [])].filter((row) => {
        const hour = Date.parse(String(row.hour));
        const isIn = hour >= Number(range?.from ?? 0) && hour < Number(range?.before);
        return isIn && (where === undefined || row.gateway === where.gateway);
      }),
  };
  return summarize(view, { sinceMs: 0, untilMs: Date.parse('2100-01-01'), ...more });
}

const verdict = {
  ...{ verdict: 'clean', method: 'smart', action: 'pass', malware: [], unscannable: [], removed: [], unasked: [] },
  ...{ components: {}, servers: [], fileCount: 1 },
};
const scan = {
  first: (size: number, more: object = {}) =>
    event('scan.agent-pattern', 'scan/A', { from: 'Unpacking', state: 'AgentPattern', input: { size }, ...more }),
  verdict: (more: object, data: object = {}) =>
    event('scan.verdict', 'scan/A', {
      from: 'QueryFilter',
      state: 'Verdict',
      verdict: { ...verdict, ...more },
      ...data,
    }),
  answered: (code: number, elapsedMs?: number) =>
    event('scan.answered', 'scan/A', { from: 'Acting', state: 'Answered', reply: { code, text: '' }, elapsedMs }),
  deferred: (data: object) =>
    event('scan.deferred', 'scan/A', { state: 'Deferred', reply: null, failure: null, ...data }),
};
const found = (name: string) => ({ name, path: ['a'], sha256: '', place: 'attachment', by: 'server' });

describe('statistics', () => {
  test('messages whose answers were kept: all of them, or some', () => {
    const [period] = periods([
      scan.verdict({ servers: ['cache'] }, { from: 'Querying' }),
      scan.verdict({ servers: ['cache'] }, { from: 'Querying' }),
      scan.verdict({ servers: ['cache', 'sps:443'] }, { from: 'Querying' }),
      scan.verdict({ servers: ['sps:443'] }, { from: 'Querying' }),
    ]);
    expect(period?.kept).toEqual({ all: 2, some: 1 });
    expect(period?.servers).toMatchObject([{ server: 'sps:443', answered: 2 }]);
  });

  test('messages: bytes, verdict, method, action, malware, replies, and how long they took', () => {
    const malware = [found('Evil-1'), found('Evil-1'), found('Evil-2')];
    const [period] = periods([
      scan.first(1000),
      scan.verdict({}, { elapsedMs: 5 }),
      scan.answered(250, 9),
      scan.first(500),
      scan.verdict({ verdict: 'malware', action: 'quarantine', malware }, { elapsedMs: 30 }),
      scan.answered(451),
    ]);
    expect(period).toMatchObject({
      messages: 2,
      bytes: 1500,
      verdicts: { clean: 1, malware: 1 },
      methods: { smart: 2 },
      actions: { pass: 1, quarantine: 1 },
      replies: { '2xx': 1, '4xx': 1 },
      deferrals: { action: 1 },
      // A message counts once for a name, however many files have it.
      malware: { 'Evil-1': 1, 'Evil-2': 1 },
      otherMalware: 0,
    });
    expect(scanTimes(period ?? { scans: {} })).toEqual({ buckets: { '3': 1, '5': 1 }, sumMs: 35 });
    expect(scanTimes(period ?? { scans: {} }, (name) => name === 'malware/smart')).toEqual({
      buckets: { '5': 1 },
      sumMs: 30,
    });
    expect(period?.replyTimes).toEqual({ buckets: { '4': 1 }, sumMs: 9 });
  });

  test.each([
    [{ from: 'Querying', failure: 'timeout', trigger: { type: 'xstate.error.actor.ask' } }, 'timeout'],
    [{ from: 'Querying', trigger: { type: 'xstate.after.messageTime.scan' } }, 'time'],
    [{ from: 'Unpacking', trigger: { type: 'xstate.done.actor.unpack' } }, 'not-ready'],
    [{ from: 'Unpacking', trigger: { type: 'xstate.error.actor.unpack' } }, 'unpack'],
    [{ from: 'Verdict', trigger: { type: 'xstate.error.actor.persist' } }, 'journal'],
    [{ from: 'Acting', trigger: { type: 'xstate.error.actor.act' } }, 'scan'],
  ])('why a message was deferred: %j is %s', (data, why) => {
    expect(periods([scan.deferred(data)])[0]?.deferrals).toEqual({ [why]: 1 });
  });

  test.each([
    [{ code: 452, text: '', by: 'next-hop' }, { 'next-hop': 1 }],
    [{ code: 452, text: '' }, { action: 1 }],
    [{ code: 550, text: '', by: 'next-hop' }, {}],
  ])('a scanned message that is answered %j is deferred by %j', (reply, deferrals) => {
    const answered = { from: 'Acting', state: 'Answered', reply };
    expect(periods([event('scan.answered', 'scan/A', answered)])[0]?.deferrals).toEqual(deferrals);
  });

  test('a message that is deferred at once is counted as received, too', () => {
    expect(periods([scan.deferred({ from: 'Unpacking', input: { size: 7 } })])[0]).toMatchObject({
      messages: 1,
      bytes: 7,
    });
  });

  test('queries: who answered, how long it took, and which failed', () => {
    const asked = (servers: string[], fromMs: number) =>
      scan.verdict({ servers }, { from: 'Querying', fromMs, elapsedMs: 99 });
    const [period] = periods([
      asked(['a:443'], 12),
      // Whose time it was cannot be known.
      asked(['a:443', 'b:443'], 70),
      asked(['a:443', 'cache'], 1),
      event('server.failing', 'server/a:443', {
        ...{ server: 'a:443', epoch: 1, state: 'Failing', from: 'Healthy', failCount: 1 },
        trigger: { type: 'QUERY_FAILED', kind: 'refused' },
      }),
    ]);
    const [a, b, ...others] = period?.servers ?? [];
    expect(others).toEqual([]);
    expect(a).toMatchObject({
      server: 'a:443',
      answered: 3,
      failures: { refused: 1 },
      queries: { buckets: { '4': 1 }, sumMs: 12 },
    });
    expect(b).toMatchObject({ server: 'b:443', answered: 1, queries: { buckets: {} } });
  });

  test('an outage over the full hour: trips, failover, and the time in which the server was not asked', () => {
    const server = (time: string, type: string, from: string, state: string, epoch = 1) =>
      at(time, event(`server.${type}`, 'server/a:443', { server: 'a:443', from, state, epoch, failCount: 11 }));
    const hourly = periods(
      [
        server('2026-11-24T10:58:00.000Z', 'cached-invalid', 'Failing', 'CachedInvalid.Unasked'),
        server(
          '2026-11-24T10:58:10.000Z',
          'cached-invalid-connecting',
          'CachedInvalid.Unasked',
          'CachedInvalid.Connecting',
        ),
        server('2026-11-24T10:59:00.000Z', 'failed-over', 'CachedInvalid.Connecting', 'FailedOver.Resting'),
        at('2026-11-24T10:59:00.001Z', event('method.conventional', 'method', { method: 'conventional' }, 'ERROR')),
        server('2026-11-24T11:03:00.000Z', 'failed-over-probing', 'FailedOver.Resting', 'FailedOver.Probing'),
        server('2026-11-24T11:03:01.000Z', 'healthy', 'FailedOver.Probing', 'Healthy'),
        server('2026-11-24T11:30:00.000Z', 'failing', 'Healthy', 'Failing'),
      ],
      { by: 'hour' },
    );
    expect(hourly.map(({ from, failovers, servers }) => [from, failovers, servers[0]])).toMatchObject([
      ['2026-11-24T10:00:00.000Z', 1, { trips: 1, failovers: 1, unavailableMs: 120_000 }],
      ['2026-11-24T11:00:00.000Z', 0, { trips: 0, failovers: 0, unavailableMs: 181_000 }],
    ]);
  });

  test("the time between two epochs is nobody's, and a clock that jumps makes neither negative nor endless time", () => {
    const server = (time: string, state: string, epoch: number) =>
      at(time, event('server.any', 'server/a:443', { server: 'a:443', from: '', state, epoch, failCount: 0 }));
    const [period] = periods([
      server('2026-11-24T10:00:00.000Z', 'FailedOver.Resting', 1),
      server('2026-11-25T10:00:00.000Z', 'FailedOver.Probing', 2),
      server('2026-11-25T09:00:00.000Z', 'FailedOver.Resting', 2),
      server('2036-11-25T09:00:00.000Z', 'Healthy', 2),
    ]);
    expect(period?.servers[0]?.unavailableMs).toBe(48 * 3_600_000);
  });

  test('by day, by hour, all together; of one gateway or of all', () => {
    const other = eventsOf('/sekisho/gateway/mx2');
    const events = [
      at('2026-11-24T23:59:59.999Z', scan.first(1)),
      at('2026-11-25T00:00:00.000Z', scan.first(2)),
      at(
        '2026-11-25T01:00:00.000Z',
        other('scan.agent-pattern', 'scan/B', { state: 'AgentPattern', input: { size: 4 } }),
      ),
    ];
    const bytes = (more: Parameters<typeof periods>[1]) =>
      periods(events, more).map((each) => [each.from.slice(0, 13), each.bytes]);
    expect(bytes({ by: 'hour' })).toEqual([
      ['2026-11-24T23', 1],
      ['2026-11-25T00', 2],
      ['2026-11-25T01', 4],
    ]);
    expect(bytes({ by: 'day' })).toEqual([
      ['2026-11-24T00', 1],
      ['2026-11-25T00', 6],
    ]);
    expect(bytes({})).toEqual([['1970-01-01T00', 7]]);
    expect(bytes({ gateway: '/sekisho/gateway/mx2' })).toEqual([['1970-01-01T00', 4]]);
    expect(bytes({ sinceMs: Date.parse('2026-11-25T00:30:00Z'), untilMs: Date.parse('2026-11-25T01:00:00Z') })).toEqual(
      [['2026-11-25T00', 2]],
    );
  });

  test.each(recordedHistories())('$name: as many messages, verdicts and outcomes as the log has', (history) => {
    const events = eventsOfToday(history);
    const count = (fits: (each: Envelope) => boolean) => events.filter(fits).length;
    const is = (type: string) => (each: Envelope) => each.type.startsWith(`sekisho.scan.${type}.`);
    const sum = (counts: object = {}) => Object.values(counts).reduce((a: number, b: number) => a + b, 0);
    const [period] = periods(events);
    expect(period?.messages ?? 0).toBe(count(({ type, data }) => type.startsWith('sekisho.scan.') && 'input' in data));
    expect(sum(period?.verdicts)).toBe(count(is('verdict')));
    expect(sum(period?.replies)).toBe(count(is('answered')));
    const isKept = ({ data }: Envelope) => Math.floor(((data.reply as { code: number } | null)?.code ?? 0) / 100) === 4;
    expect(sum(period?.deferrals)).toBe(count(is('deferred')) + count((each) => is('answered')(each) && isKept(each)));
    // Logs of before 0.3.0 do not say how long it took.
    expect(countOf(scanTimes(period ?? { scans: {} }))).toBe(
      count((each) => is('verdict')(each) && 'elapsedMs' in each.data),
    );
  });

  test('a row of an hour stays small, whatever happens in it', () => {
    const events = Array.from({ length: 2000 }, (_, index) => [
      at('2026-11-24T10:00:00.000Z', scan.first(index)),
      at(
        '2026-11-24T10:00:00.000Z',
        scan.verdict(
          { verdict: 'malware', malware: [found(`Evil-${index}`.padEnd(900, 'x'))] },
          { elapsedMs: index * 100 },
        ),
      ),
    ]).flat();
    const { hours, malware } = tablesOf(events);
    expect(JSON.stringify([...(hours?.values() ?? [])]).length).toBeLessThan(2000);
    expect(JSON.stringify([...(malware?.values() ?? [])]).length).toBeLessThan(100 * 250);
    expect(periods(events)[0]?.otherMalware).toBe(1900);
    expect(quantile(scanTimes(periods(events)[0] ?? { scans: {} }), 0.99)).toBeGreaterThan(131_000);
  });
});
