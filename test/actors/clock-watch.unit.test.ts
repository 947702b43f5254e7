import { expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import { watchClock } from '../../src/actors/clock-watch.ts';

/** A clock on the wall that can be set, over timers that know nothing of it. */
function settableClock() {
  const timers = new SimulatedClock();
  let setBy = 0;
  const clock = {
    now: () => timers.now() + setBy,
    setTimeout: timers.setTimeout.bind(timers),
    clearTimeout: timers.clearTimeout.bind(timers),
  };
  return { clock, timers, set: (ms: number) => (setBy += ms) };
}

test('a clock that was set is noticed within a minute, forward and back; one that runs is not', () => {
  const { clock, timers, set } = settableClock();
  let told = 0;
  const stop = watchClock(clock, () => told++);
  const minutes = (count: number) => {
    for (let minute = 0; minute < count; minute++) timers.increment(60_000);
    return told;
  };
  expect(minutes(60)).toBe(0);
  set(3_600_000);
  expect(minutes(10)).toBe(1);
  set(-7_200_000);
  expect(minutes(10)).toBe(2);
  stop();
  set(1e9);
  expect(minutes(10)).toBe(2);
});
