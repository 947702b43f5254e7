import { expect, test } from 'vitest';
import { laneOf } from '../../src/events/lane.ts';
import { streamRules } from '../../src/machines/recording/stream-rules.ts';

test.each(Object.entries(streamRules))(
  'events of the machine %s are of the lane that its rule says',
  (machine, rule) => {
    expect(laneOf({ type: `sekisho.${machine}.happened.v1` })).toBe(rule.lane);
  },
);

test('what nobody knows is of the system', () => {
  expect(laneOf({ type: 'sekisho.unheard-of.happened.v1' })).toBe('system');
  expect(laneOf({ type: '' })).toBe('system');
});
