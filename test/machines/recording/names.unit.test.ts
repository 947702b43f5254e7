import { describe, expect, test } from 'vitest';
import { eventType, kebab, stateName, transitionId } from '../../../src/machines/recording/names.ts';

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
