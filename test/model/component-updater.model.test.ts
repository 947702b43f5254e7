import { describe, expect, test } from 'vitest';
import { type EventObject, SimulatedClock } from 'xstate';
import { type ComponentUpdaterContext, componentUpdaterMachine } from '../../src/machines/component-updater.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const minute = 60_000;
const input = {
  component: 'filter',
  intervalMs: 15 * minute,
  retryMs: 5 * minute,
  checkMs: minute,
  staleMs: 60 * minute,
} as const;
const failure = (ageMs: number) =>
  ({ type: 'xstate.error.actor.check', error: { kind: 'timeout', ageMs } }) as EventObject;
const success = (outcome: string) =>
  ({ type: 'xstate.done.actor.check', output: { outcome, version: '2' } }) as EventObject;
const model = createModel(componentUpdaterMachine, {
  input,
  cases: {
    CHECK_NOW: [{ type: 'CHECK_NOW' }],
    'xstate.done.actor.check': [success('unchanged'), success('installed')],
    'xstate.error.actor.check': [failure(input.staleMs), failure(input.staleMs + 1), failure(Number.MAX_SAFE_INTEGER)],
  },
  situation: ({ context }) => (context as ComponentUpdaterContext).version,
});

/** An age *above* the limit is an alert (section 1), an error in the log; a check that hangs is a failed one (D18). */
function demands(): Watch {
  return {
    after(subject, event) {
      const { value } = subject.snapshot();
      const ageMs = (event as { error?: { ageMs: number } }).error?.ageMs;
      if (ageMs !== undefined) expect(value).toBe(ageMs > 60 * minute ? 'Stale' : 'Failed');
      const severities = { Stale: 'ERROR', Failed: 'WARN', Updated: 'INFO', Current: 'DEBUG', Checking: 'DEBUG' };
      expect(subject.log().at(-1)?.severitytext).toBe(severities[value as keyof typeof severities]);
      if (event.type.startsWith('xstate.after.checkTime')) expect(value).toBe('Failed');
    },
  };
}

describe('component updater', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(componentUpdaterMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    expect(paths.length).toBeGreaterThan(5);
    await walkPaths(model, paths, demands);
  });

  test('the newest version is checked every 15 minutes, and sooner after a failure', async () => {
    const clock = new SimulatedClock();
    const subject = createSubject(componentUpdaterMachine, input, clock);
    const checks = () => subject.started.get('check')?.length;
    await subject.settle('check', 'done', { outcome: 'unchanged', version: '1' });
    clock.increment(15 * minute - 1);
    expect(checks()).toBe(1);
    clock.increment(1);
    expect(checks()).toBe(2);
    clock.increment(minute);
    expect(subject.snapshot().value).toBe('Failed');
    clock.increment(5 * minute);
    expect(checks()).toBe(3);
  });
});
