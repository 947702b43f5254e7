import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { overview } from '../../../src/projections/servers/overview.ts';
import { servers } from '../../../src/projections/servers/servers.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const gateway = '/sekisho/gateway/mx.example';

function look(events: readonly Envelope[]) {
  const tables = foldAll(servers, events);
  return overview({
    query: (table) => tables[table]?.values() ?? [],
    get: (table, key) => tables[table]?.get(key),
  });
}

const event = eventsOf(gateway);
const running = (epoch: number) => event('service.running', 'service', { from: 'Starting', state: 'Running', epoch });
const server = (name: string, state: string, more: Record<string, unknown> = {}) =>
  event('server.any', `server/${name}`, {
    ...{ server: name, from: '', state, epoch: 1, failCount: 0, threshold: 10, cacheSeconds: 300, ...more },
  });

describe('the view of servers', () => {
  test('a server that trips: count, kind of failure, and until when it is not asked', () => {
    const failing = server('a:443', 'Failing', { failCount: 1, trigger: { type: 'QUERY_FAILED', kind: 'timeout' } });
    const tripped = server('a:443', 'CachedInvalid.Unasked', { failCount: 11 });
    const connecting = server('a:443', 'CachedInvalid.Connecting', { failCount: 11 });
    const [seen] = look([running(1), server('a:443', 'Healthy'), failing, tripped, connecting]);
    expect(seen).toMatchObject({ gateway, state: 'Running', epoch: 1 });
    expect(seen?.servers).toEqual([
      {
        ...{
          gateway,
          server: 'a:443',
          state: 'CachedInvalid',
          stateValue: 'CachedInvalid.Connecting',
          transition: 't',
        },
        ...{ epoch: 1, failCount: 11, threshold: 10, lastFailure: 'timeout' },
        since: tripped.time,
        time: connecting.time,
        invalidUntil: new Date(Date.parse(tripped.time) + 300_000).toISOString(),
      },
    ]);
  });

  test('what a failed connect attempt says, and how long a throttled server is left alone', () => {
    const failedOver = server('a:443', 'FailedOver.Resting', { trigger: { type: 'x', error: { kind: 'refused' } } });
    expect(look([running(1), failedOver])[0]?.servers[0]).toMatchObject({
      state: 'FailedOver',
      lastFailure: 'refused',
    });
    const throttled = server('a:443', 'Throttled.Unasked', { trigger: { type: 'THROTTLED', retryAfterMs: 60_000 } });
    const until = new Date(Date.parse(throttled.time) + 60_000).toISOString();
    const [row] = look([running(1), throttled, server('a:443', 'Throttled.Connecting')])[0]?.servers ?? [];
    expect(row).toMatchObject({ stateValue: 'Throttled.Connecting', invalidUntil: until, since: throttled.time });
    const [healthy] = look([running(1), failedOver, server('a:443', 'Healthy')])[0]?.servers ?? [];
    expect(healthy).not.toHaveProperty('lastFailure');
  });

  test('the search method, as its own machine says', () => {
    const method = (state: string, name: string, epoch: number) =>
      event('method.any', 'method', { state, epoch, method: name });
    const events = [running(1), method('Smart', 'smart', 1), method('Conventional', 'conventional', 1)];
    expect(look([running(1)])[0]).not.toHaveProperty('method');
    expect(look(events)[0]).toMatchObject({ method: 'conventional', searchMethod: { state: 'Conventional' } });
    expect(look([...events, method('Smart', 'smart', 1)])[0]?.method).toBe('smart');
  });

  test('an epoch without servers shows none of the one before', () => {
    const began = event('method.any', 'method', { state: 'ConventionalBySetting', epoch: 2, method: 'conventional' });
    expect(look([running(1), server('old:443', 'Failing'), began])[0]?.servers).toEqual([]);
  });

  test('servers of an epoch that is gone are not shown, in whatever order the events came', () => {
    const [old, kept, began] = [
      server('old:443', 'Failing'),
      server('new:443', 'Healthy', { epoch: 2 }),
      running(2),
    ] as const;
    for (const events of [
      [old, kept, began],
      [began, kept, old],
      [kept, old, began],
    ])
      expect(look(events)[0]?.servers.map((each) => each.server)).toEqual(['new:443']);
  });

  test('components with the time when they were last the newest, and the way to Kafka', () => {
    const component = (type: string, state: string, version: string | null = '7') =>
      event(`updater.${type}`, 'component/filter', { component: 'filter', version, state });
    const current = component('current', 'Current');
    const [seen] = look([
      running(1),
      current,
      // Of a new process, which does not say what it has.
      component('failed', 'Failed', null),
      event('relay.away', 'relay/kafka', { state: 'Away', failure: { message: 'no broker', remedy: null } }),
    ]);
    expect(seen?.components).toMatchObject([
      { component: 'filter', version: '7', state: 'Failed', confirmed: current.time },
    ]);
    expect(seen?.relays).toMatchObject([{ to: 'kafka', state: 'Away', failure: 'no broker' }]);
  });

  test('a component: when it was and will be checked, why it failed last, what is held back', () => {
    const agent = (type: string, state: string, data: object) =>
      event(`updater.${type}`, 'component/agent', { component: 'agent', version: '7', state, ...data });
    const seen = (...events: ReturnType<typeof agent>[]) => look([running(1), ...events])[0]?.components[0];
    const confirmedMs = Date.parse('2026-01-01T00:00:00Z');
    const loaded = agent('waiting', 'Waiting', {
      ...{ from: 'Checking', input: { confirmedMs }, waitMs: 3_600_000, signatures: 12, patternId: 'main' },
    });
    const later = (of: { time: string }, ms: number) => new Date(Date.parse(of.time) + ms).toISOString();
    expect(seen(loaded)).toMatchObject({
      ...{ version: '7', confirmed: '2026-01-01T00:00:00.000Z', nextCheck: later(loaded, 3_600_000) },
      ...{ signatures: 12, patternId: 'main' },
    });
    expect(seen(loaded)).not.toHaveProperty('lastCheck');
    const trigger = { error: { kind: 'corrupted', message: 'not so' } };
    const failed = agent('failed', 'Failed', { from: 'Checking', trigger, failures: 1, waitMs: 60_000 });
    const back = agent('rolled-back', 'RolledBack', { from: 'RollingBack', version: '6', heldBack: '7', waitMs: null });
    expect(seen(loaded, failed, back)).toMatchObject({
      ...{ version: '6', heldBack: '7', confirmed: '2026-01-01T00:00:00.000Z', lastCheck: failed.time },
      lastFailure: { time: failed.time, kind: 'corrupted', reason: 'not so' },
    });
    expect(seen(loaded, failed, back)).not.toHaveProperty('nextCheck');
  });
});
