import { describe, expect, test } from 'vitest';
import { eventLabel, implementationName, transitionLines } from '../../src/statecharts/labels.ts';

describe('labels', () => {
  test.each([
    ['QUERY_FAILED', undefined, 'QUERY_FAILED'],
    ['xstate.after.cacheTime.server.CachedInvalid', 'cacheTime', 'after cacheTime'],
    ['xstate.after.500.server.CachedInvalid', 500, 'after 500 ms'],
    ['xstate.done.actor.connect', undefined, 'connect done'],
    ['xstate.error.actor.connect', undefined, 'connect failed'],
    ['xstate.error.actor.*', undefined, 'any child failed'],
    ['xstate.done.state.a.b', undefined, 'done'],
    ['', undefined, ''],
  ])('%j with delay %j reads %j', (type, delay, label) => {
    expect(eventLabel(type, delay)).toBe(label);
  });

  test('guards stand in brackets, actions on a line of their own', () => {
    const transition = { id: 'a:E', source: 'a', target: 'b', event: 'E', guard: 'g', actions: ['x', 'y'] };
    expect(transitionLines(transition)).toEqual(['E [g]', '/ x, y']);
    expect(transitionLines({ ...transition, event: '', guard: undefined, actions: [] })).toEqual([]);
  });

  test('an inline function shows as such', () => {
    expect(implementationName(() => true)).toBe('(inline)');
    expect(implementationName({ type: 'named' })).toBe('named');
  });
});
