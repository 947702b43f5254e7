import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Envelope, Severity } from '../../../src/events/envelope.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const unavailable = 'Smart Protection Serverのファイルレピュテーションサービス (sps.example) が300秒間利用できません。';
const failover = '従来型スキャンへのフェイルオーバー';
const unreachable = 'Smart Protection Server (sps.example) に接続できません。回復するまで使用しません。';
const recovered = 'Smart Protection Serverのファイルレピュテーションサービス (sps.example) が回復しました。';
const smartAgain = 'スマートスキャンに戻りました。';

const entries = (events: readonly Envelope[]) =>
  [...(foldAll(systemEvents, events).entries?.values() ?? [])] as unknown as LogEntry[];
const said = (events: readonly Envelope[]) => entries(events).map(({ level, message }) => [level, message.ja]);

/** Events of a gateway with one server, as its machines make them. */
function gatewayWith(source?: string, name = 'sps.example:443') {
  const event = eventsOf(source);
  const at = (type: string, from: string, state: string, severity: Severity = 'INFO') =>
    event(`server.${type}`, `server/${name}`, { server: name, from, state, cacheSeconds: 300 }, severity);
  const method = (type: string, from: string, severity: Severity = 'INFO') =>
    event(`method.${type}`, 'method', { from }, severity);
  return {
    starts: () => at('healthy', 'Starting', 'Healthy'),
    fails: (from = 'Healthy') => at('failing', from, 'Failing', 'WARN'),
    trips: () => at('cached-invalid', 'Failing', 'CachedInvalid.Unasked', 'ERROR'),
    failsOver: () => at('failed-over', 'CachedInvalid.Connecting', 'FailedOver.Resting', 'WARN'),
    startsFailedOver: () => at('failed-over-probing', 'Starting', 'FailedOver.Probing'),
    staysFailedOver: () => at('failed-over-unrecovered', 'FailedOver.Probing', 'FailedOver.Unrecovered'),
    recovers: () => at('healthy', 'FailedOver.Probing', 'Healthy'),
    refuses: () => at('credentials-refused', 'Failing', 'Failing', 'ERROR'),
    startsSmart: () => method('smart', 'Starting'),
    switches: () => method('conventional', 'Smart', 'ERROR'),
    startsConventional: () => method('conventional', 'Starting'),
    returns: () => method('smart', 'Conventional'),
    isSetConventional: () => method('conventional-by-setting', 'Starting'),
  };
}

/** The events in another order, but for the order within each aggregate. */
function interleaved(events: readonly Envelope[], choices: Iterable<number>): Envelope[] {
  const streams = new Map<string, Envelope[]>();
  for (const event of events) {
    const key = `${event.source} ${event.subject}`;
    streams.set(key, [...(streams.get(key) ?? []), event]);
  }
  const left = [...streams.values()];
  const mixed: Envelope[] = [];
  for (const choice of choices) {
    const waiting = left.filter((stream) => stream.length > 0);
    const next = waiting[choice % Math.max(1, waiting.length)]?.shift();
    if (next === undefined) return mixed;
    mixed.push(next);
  }
  return mixed;
}

describe('the log of system events', () => {
  test('an outage is told in the words of the specification, each once, and its end', () => {
    const mx = gatewayWith();
    const outage = [mx.startsSmart(), mx.starts(), mx.fails(), mx.fails('Failing'), mx.trips(), mx.failsOver()];
    expect(said([...outage, mx.switches(), mx.recovers(), mx.returns()])).toEqual([
      ['warning', expect.stringContaining('照会に失敗')],
      ['error', unavailable],
      ['warning', unreachable],
      ['error', failover],
      ['information', recovered],
      ['information', smartAgain],
    ]);
  });

  test('a second trip before the recovery tells nothing again (D12, D13); the next outage does', () => {
    const mx = gatewayWith();
    const first = [mx.trips(), mx.fails('CachedInvalid.Unasked'), mx.trips(), mx.failsOver(), mx.switches()];
    const errors = (events: readonly Envelope[]) => said(events).filter(([level]) => level === 'error');
    expect(errors(first)).toEqual([
      ['error', unavailable],
      ['error', failover],
    ]);
    expect(errors([...first, mx.recovers(), mx.returns(), mx.trips(), mx.failsOver(), mx.switches()])).toHaveLength(4);
  });

  test('one of two servers that fails over is no failover of the gateway (D16)', () => {
    const mx = gatewayWith();
    expect(said([mx.trips(), mx.failsOver()]).map(([, text]) => text)).toEqual([unavailable, unreachable]);
  });

  test('a restart in the outage of a failed-over server tells nothing again (D10)', () => {
    const mx = gatewayWith();
    const before = [mx.trips(), mx.failsOver(), mx.switches()];
    const after = [mx.startsConventional(), mx.startsFailedOver(), mx.staysFailedOver(), mx.staysFailedOver()];
    expect(said([...before, ...after])).toEqual(said(before));
    expect(said([...before, ...after, ...after, mx.recovers(), mx.returns()]).slice(-2)).toEqual([
      ['information', recovered],
      ['information', smartAgain],
    ]);
  });

  test('a restart resets a server that was not failed over; what was told holds for its seconds, then it is told anew (D10)', () => {
    const mx = gatewayWith();
    const later = (event: Envelope, seconds: number) => ({
      ...event,
      time: new Date(Date.parse(event.time) + seconds * 1000).toISOString(),
    });
    const killed = [mx.trips(), mx.starts()];
    const told = [
      ['error', unavailable],
      ['information', expect.stringContaining('リセット')],
    ];
    expect(said([...killed, later(mx.trips(), 290)])).toEqual(told);
    expect(said([...killed, later(mx.trips(), 300)])).toEqual([...told, ['error', unavailable]]);
    expect(said([...killed, mx.trips(), mx.recovers(), mx.trips()])).toEqual([
      ...told,
      ['information', recovered],
      ['error', unavailable],
    ]);
  });

  test('conventional scan by setting is no alarm, and ends a failover', () => {
    const mx = gatewayWith();
    expect(said([mx.isSetConventional(), mx.startsSmart()])).toEqual([]);
    expect(said([mx.switches(), mx.isSetConventional(), mx.startsSmart(), mx.switches()])).toEqual([
      ['error', failover],
      ['error', failover],
    ]);
  });

  test('refused credentials are told once, not with each query', () => {
    const mx = gatewayWith();
    expect(said([mx.refuses(), mx.refuses(), mx.recovers(), mx.refuses()]).map(([level]) => level)).toEqual([
      'error',
      'error',
    ]);
  });

  test('a component or a view that fails again and again is told once, and that it is well again', () => {
    const event = eventsOf();
    const checks = ['failed', 'checking', 'failed', 'stale', 'checking', 'stale', 'current', 'current'];
    const component = { component: 'agent', trigger: { error: { message: 'no answer' } } };
    expect(said(checks.map((type) => event(`updater.${type}`, 'component/agent', component)))).toEqual([
      ['information', 'コンポーネント agent を更新できませんでした: no answer'],
      ['information', 'コンポーネント agent が古すぎるか、ありません: no answer'],
      ['information', 'コンポーネント agent は再び最新です。'],
    ]);
    const folds = ['failing', 'catching-up', 'failing', 'live', 'live', 'failing'];
    const view = { projection: 'servers', trigger: { reason: 'disk full' } };
    expect(said(folds.map((type) => event(`projection.${type}`, 'projection/servers', view)))).toHaveLength(3);
  });

  test('the real number of seconds, and a host by address', () => {
    const event = eventsOf()('server.cached-invalid', 'server/[::1]:8443', {
      ...{ server: '[::1]:8443', from: 'Failing', state: 'CachedInvalid.Unasked', cacheSeconds: 20 },
    });
    expect(said([event])).toEqual([
      ['error', 'Smart Protection Serverのファイルレピュテーションサービス (::1) が20秒間利用できません。'],
    ]);
  });

  test('the result depends only on the order within an aggregate of a gateway', () => {
    const steps = Object.keys(gatewayWith()) as (keyof ReturnType<typeof gatewayWith>)[];
    const history = fc.array(fc.constantFrom(...steps), { maxLength: 30 });
    const byId = (list: LogEntry[]) => Object.fromEntries(list.map((entry) => [entry.id, entry]));
    fc.assert(
      fc.property(history, history, fc.infiniteStream(fc.nat()), (one, other, choices) => {
        const sources = ['/sekisho/gateway/a', '/sekisho/gateway/b'].map((source) => gatewayWith(source));
        const events = [one, other].flatMap((history, index) => history.map((step) => sources[index]?.[step]()));
        const known = events.filter((event) => event !== undefined);
        expect(byId(entries(interleaved(known, choices)))).toEqual(byId(entries(known)));
      }),
    );
  });

  test('whatever comes: between two alarms of one server there is an end of the first', () => {
    const steps = Object.keys(gatewayWith()) as (keyof ReturnType<typeof gatewayWith>)[];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 60 }), (history) => {
        const mx = gatewayWith();
        const texts = said(history.map((step) => mx[step]())).map(([, text]) => text);
        const alarms = texts.filter((text) => text === unavailable || text === recovered || /リセット/.test(`${text}`));
        const inARow = alarms.filter((text, index) => text === unavailable && alarms[index - 1] === unavailable);
        expect(inARow).toEqual([]);
      }),
    );
  });

  test('an entry has what the log query shows', () => {
    const [entry] = entries([gatewayWith().trips()]);
    expect(entry).toEqual({
      id: expect.any(String),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      type: 'system',
      level: 'error',
      message: { ja: unavailable, en: expect.stringContaining('sps.example') },
      subject: 'server/sps.example:443',
      servers: ['sps.example:443'],
      source: '/sekisho/gateway/mx.example',
      data: expect.objectContaining({ cacheSeconds: 300 }),
    });
  });
});
