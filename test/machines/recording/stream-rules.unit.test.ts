import { expect, test } from 'vitest';
import { streamRules } from '../../../src/machines/recording/stream-rules.ts';
import { machines } from '../../../src/statecharts/machines.ts';

test('every machine has a rule of what the log says', () => {
  expect(
    Object.values(machines)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(Object.keys(streamRules).sort());
});
