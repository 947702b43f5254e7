import { describe, expect, test } from 'vitest';
import { eventNames } from '../../../scripts/generate-events.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { laneOf } from '../../../src/events/lane.ts';
import type { SystemEvent } from '../../../src/projections/system-events/entry.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { texts } from '../../../src/projections/system-events/texts.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const unavailable = 'Smart Protection Serverのファイルレピュテーションサービス (sps.example) が300秒間利用できません。';
const failover = '従来型スキャンへのフェイルオーバー';

const entries = (events: readonly Envelope[]) =>
  [...(foldAll(systemEvents, events).entries?.values() ?? [])] as unknown as SystemEvent[];
const said = (events: readonly Envelope[]) => entries(events).map(({ level, message }) => [level, message.ja]);

/** Events of one server of one gateway, as the machine makes them. */
function server(source?: string, name = 'sps.example:443') {
  const event = eventsOf(source);
  const at = (type: string, from: string, state: string, epoch = 1) =>
    event(`server.${type}`, `server/${name}`, { server: name, from, state, epoch, cacheSeconds: 300, failCount: 1 });
  return {
    starts: (epoch = 1) => at('healthy', 'Starting', 'Healthy', epoch),
    fails: (from = 'Healthy') => at('failing', from, 'Failing'),
    trips: (epoch = 1) => at('cached-invalid', 'Failing', 'CachedInvalid.Unasked', epoch),
    failsOver: () => at('failed-over', 'CachedInvalid.Connecting', 'FailedOver.Resting'),
    restartsFailedOver: () => at('failed-over-probing', 'Starting', 'FailedOver.Probing', 2),
    staysFailedOver: () => at('failed-over-unrecovered', 'FailedOver.Probing', 'FailedOver.Unrecovered', 2),
    recovers: () => at('healthy', 'FailedOver.Probing', 'Healthy'),
  };
}

describe('the log of system events', () => {
  test('an outage is told in the words of the specification, each once, and its end', () => {
    const sps = server();
    const outage = [sps.starts(), sps.fails(), sps.fails('Failing'), sps.trips(), sps.failsOver(), sps.recovers()];
    expect(said(outage)).toEqual([
      ['information', expect.stringContaining('検索に失敗')],
      ['error', unavailable],
      ['error', failover],
      ['information', 'Smart Protection Serverのファイルレピュテーションサービス (sps.example) が回復しました。'],
    ]);
  });

  test('a second trip before the recovery tells nothing again (D12, D13); the next outage does', () => {
    const sps = server();
    const first = [sps.trips(), sps.fails('CachedInvalid.Unasked'), sps.trips(), sps.failsOver()];
    expect(said(first)).toEqual([
      ['error', unavailable],
      ['error', failover],
    ]);
    const errors = said([...first, sps.recovers(), sps.trips(), sps.failsOver()]).filter(
      ([level]) => level === 'error',
    );
    expect(errors).toHaveLength(4);
  });

  test('a restart in the outage of a failed-over server tells nothing again (D10)', () => {
    const sps = server();
    const before = [sps.trips(), sps.failsOver()];
    const after = [sps.restartsFailedOver(), sps.staysFailedOver(), sps.staysFailedOver()];
    expect(said([...before, ...after])).toEqual(said(before));
    expect(said([...before, ...after, sps.recovers()]).at(-1)?.[0]).toBe('information');
  });

  test('a restart resets a server that was not failed over, which is told before it can be unavailable again (D10)', () => {
    const sps = server();
    expect(said([sps.trips(), sps.starts(2), sps.trips(2)])).toEqual([
      ['error', unavailable],
      ['information', expect.stringContaining('リセット')],
      ['error', unavailable],
    ]);
  });

  test('the real number of seconds, and a host by address', () => {
    const event = eventsOf()('server.cached-invalid', 'server/[::1]:8443', {
      ...{ server: '[::1]:8443', from: 'Failing', state: 'CachedInvalid.Unasked', cacheSeconds: 20 },
    });
    expect(said([event])).toEqual([
      ['error', 'Smart Protection Serverのファイルレピュテーションサービス (::1) が20秒間利用できません。'],
    ]);
  });

  test('gateways have outages of their own; the result depends only on the order within each', () => {
    const [a, b] = [server('/sekisho/gateway/a'), server('/sekisho/gateway/b')];
    const [first, second] = [
      [a.trips(), a.failsOver(), a.recovers()],
      [b.trips(), b.failsOver()],
    ];
    const one = entries([...first, ...second]);
    const mixed = entries(second.flatMap((event, index) => [event, ...first.slice(index * 2, index * 2 + 2)]));
    const byId = (list: SystemEvent[]) => Object.fromEntries(list.map((entry) => [entry.id, entry]));
    expect(byId(mixed)).toEqual(byId(one));
    expect(one).toHaveLength(5);
  });

  test('an entry has what the log query shows', () => {
    const [entry] = entries([server().trips()]);
    expect(entry).toEqual({
      id: expect.any(String),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      type: 'system',
      level: 'error',
      message: { ja: unavailable, en: expect.stringContaining('sps.example') },
      subject: 'server/sps.example:443',
      source: '/sekisho/gateway/mx.example',
      data: expect.objectContaining({ cacheSeconds: 300 }),
    });
  });

  test('every type of the lanes system and commands has a text, or is named as silent', () => {
    const names = eventNames().filter((name) =>
      ['system', 'commands'].includes(laneOf({ type: `sekisho.${name}.v1` })),
    );
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => texts[name] === undefined)).toEqual([]);
  });

  test('every text bears data that is not there', () => {
    const event = eventsOf();
    for (const [name, text] of Object.entries(texts)) {
      const message = text(event(name, 'x', {}));
      if (message !== undefined) expect(`${message.ja}${message.en}`, name).not.toMatch(/undefined|null|\[object/);
    }
  });

  test('a type that came later is shown by its name when it is a warning or worse', () => {
    const event = eventsOf();
    expect(said([event('later.thing', 'x', {}, 'ERROR'), event('later.thing', 'x', {})])).toEqual([
      ['error', 'later.thing (x)'],
    ]);
  });
});
