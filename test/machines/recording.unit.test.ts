import { describe, expect, test } from 'vitest';
import {
  eventType,
  kebab,
  recordedTrigger,
  stateName,
  streamRules,
  transitionId,
} from '../../src/machines/recording.ts';
import { machines } from '../../src/statecharts/machines.ts';

describe('severity of a server event', () => {
  const severity = (from: string, state: string, event = '') => streamRules.server?.severity({}, state, from, event);

  test('the trip is an error; a server that fails over is none yet, as another may be left (D16)', () => {
    expect(severity('Failing', 'CachedInvalid.Unasked')).toBe('ERROR');
    expect(severity('CachedInvalid.Connecting', 'FailedOver.Resting')).toBe('WARN');
  });

  test('an answer that comes after the trip is none (D12)', () => {
    expect(severity('CachedInvalid.Unasked', 'CachedInvalid.Unasked')).toBe('INFO');
  });

  test('refused credentials are an error, which waiting does not mend (D5)', () => {
    expect(severity('Failing', 'Failing', 'CREDENTIALS_REFUSED')).toBe('ERROR');
  });

  test('an outage is told once: neither failed probes nor a restart repeat it (D10)', () => {
    expect(severity('FailedOver.Probing', 'FailedOver.Unrecovered')).toBe('INFO');
    expect(severity('Starting', 'FailedOver.Probing')).toBe('INFO');
  });
});

describe('severity of the search method', () => {
  const severity = (from: string, state: string, wasConventional = false) =>
    streamRules.method?.severity({ wasConventional }, state, from, '');

  test('the failover is an error, once: not again after a restart in the outage (D10)', () => {
    expect(severity('Smart', 'Conventional')).toBe('ERROR');
    expect(severity('Starting', 'Conventional')).toBe('ERROR');
    expect(severity('Starting', 'Conventional', true)).toBe('INFO');
    expect(severity('Smart', 'Conventional', true)).toBe('ERROR');
  });

  test('what somebody has set, and the return, are none', () => {
    expect(severity('Starting', 'ConventionalBySetting')).toBe('INFO');
    expect(severity('Conventional', 'Smart')).toBe('INFO');
  });
});

describe('names in the log', () => {
  test.each([
    ['server', 'Failing', 'QUERY_FAILED', true, 'sekisho.server.failing.v1'],
    ['server', 'CachedInvalid.Unasked', 'QUERY_FAILED', true, 'sekisho.server.cached-invalid.v1'],
    ['server', 'CachedInvalid.Connecting', 'MESSAGE_RECEIVED', true, 'sekisho.server.cached-invalid-connecting.v1'],
    ['server', 'FailedOver.Resting', 'xstate.error.actor.connect', true, 'sekisho.server.failed-over.v1'],
    ['server', 'CachedInvalid.Unasked', 'QUERY_ANSWERED', false, 'sekisho.server.query-answered.v1'],
    ['supervisor', 'Supervising', 'xstate.error.actor.sps-1', false, 'sekisho.supervisor.child-restarted.v1'],
  ])('%s in %s by %s', (machine, state, event, hasTarget, type) => {
    expect(eventType(machine, state, event, hasTarget)).toBe(type);
  });

  test('state and event names', () => {
    expect(stateName({ A: { B: 'C' } })).toBe('A.B.C');
    expect([kebab('CachedInvalid'), kebab('CACHED_INVALID'), kebab('LeftOut')]).toEqual([
      'cached-invalid',
      'cached-invalid',
      'left-out',
    ]);
  });

  test('every machine has a rule of what the log says', () => {
    expect(
      Object.values(machines)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(Object.keys(streamRules).sort());
  });

  test('a transition has its place in its id only where its source has several for the event', () => {
    const source = { id: 'm.A', transitions: new Map<string, unknown[]>(), always: [] as unknown[] };
    const [one, two, three, four] = ['GO', 'GO', 'STOP', ''].map((type) => ({ source, eventType: type }));
    source.transitions.set('GO', [one, two]).set('STOP', [three]);
    source.always.push(four);
    expect([one, two, three, four].map((each) => transitionId(each as never))).toEqual([
      'm.A:GO:0',
      'm.A:GO:1',
      'm.A:STOP',
      'm.A:always',
    ]);
  });
});

describe('recorded trigger', () => {
  test('errors become plain objects with their own fields', () => {
    const error = Object.assign(new TypeError('boom'), { treatment: 'deferred' });
    expect(recordedTrigger({ type: 'xstate.error.actor.ask', error, actorId: 'ask' } as never)).toEqual({
      type: 'xstate.error.actor.ask',
      error: { name: 'TypeError', message: 'boom', treatment: 'deferred' },
    });
  });

  test.each([
    [
      { type: 'xstate.done.actor.ask', output: { malware: [] }, actorId: 'ask' },
      { type: 'xstate.done.actor.ask', output: { malware: [] } },
    ],
    [{ type: 'xstate.after.cacheTime.server', more: 1 }, { type: 'xstate.after.cacheTime.server' }],
    [
      { type: 'QUERY_FAILED', kind: 'dns', scan: 'A' },
      { type: 'QUERY_FAILED', kind: 'dns', scan: 'A' },
    ],
    [
      { type: 'MESSAGE', scan: { guid: 'A', mailFrom: 'x' } },
      { type: 'MESSAGE', scan: { guid: 'A' } },
    ],
  ])('keeps what a replay needs, and no more: %j', (event, kept) => {
    expect(recordedTrigger(event)).toEqual(kept);
  });
});
