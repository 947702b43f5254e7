import { describe, expect, test } from 'vitest';
import { type EventObject, SimulatedClock } from 'xstate';
import {
  type ComponentUpdaterContext,
  type ComponentUpdaterInput,
  componentUpdaterMachine,
} from '../../src/machines/component-updater.ts';
import { allTransitions, createModel, edgePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const minute = 60_000;
const hour = 60 * minute;
const atMs = Date.UTC(2026, 10, 24, 12);
const moment = { atMs, random: 0.5, minWaitMs: 0 };
const filter: ComponentUpdaterInput = {
  component: 'filter',
  schedule: { kind: 'every', ms: 15 * minute },
  ...{ timeZone: 'UTC', jitterMsMax: minute, retryMs: minute, retryMsMax: 8 * minute },
  ...{ checkMs: minute, staleMs: hour, version: null, heldBack: null, facts: {}, confirmedMs: 0, atMs, random: 0 },
};
/** On the wall at 13:00. Confirmed since the last time, so that nothing is due at the start. */
const daily: ComponentUpdaterInput = {
  ...{ ...filter, component: 'agent', schedule: { kind: 'daily', minute: 13 * 60 } },
  ...{ version: '1', confirmedMs: atMs - hour },
};
const unselected: ComponentUpdaterInput = { ...daily, schedule: null };

const failure = (ageMs: number, more = {}) =>
  ({
    type: 'xstate.error.actor.check',
    error: { kind: 'wrongly-signed', ageMs, ...moment, ...more },
  }) as EventObject & { error: { ageMs: number } };
const success = (outcome: string, more = {}) =>
  ({
    type: 'xstate.done.actor.check',
    output: { outcome, version: '2', patternId: 'main', signatures: 7, ...moment, ...more },
  }) as EventObject & { output: object };
const rolledBack = { from: '2', to: '1', patternId: 'main', ...moment };
const noVersion = { kind: 'nothing-before', message: 'there is no version before', ...moment };

const model = (input: ComponentUpdaterInput) =>
  createModel(componentUpdaterMachine, {
    input,
    cases: {
      CHECK_NOW: [{ type: 'CHECK_NOW' }],
      ROLL_BACK: [{ type: 'ROLL_BACK' }],
      CLOCK_SET: [
        { type: 'CLOCK_SET', ...moment, atMs: atMs - hour } as EventObject,
        { type: 'CLOCK_SET', ...moment, atMs: atMs + 90 * 24 * hour } as EventObject,
      ],
      'xstate.done.actor.check': [
        success('unchanged'),
        success('installed'),
        success('held-back', { version: '1', heldBack: '2' }),
      ],
      'xstate.error.actor.check': [failure(hour), failure(hour + 1), failure(Number.MAX_SAFE_INTEGER)],
      'xstate.done.actor.rollBack': [{ type: 'xstate.done.actor.rollBack', output: rolledBack } as EventObject],
      'xstate.error.actor.rollBack': [{ type: 'xstate.error.actor.rollBack', error: noVersion } as EventObject],
    },
    situation: ({ context }) => {
      const { version, heldBack, plan, failures } = context as ComponentUpdaterContext;
      return [version, heldBack, plan === null, plan?.dueMs == null, plan?.waitMs === 0, failures > 0];
    },
  });

/**
 * An age *above* the limit is an alert (section 1), an error in the log; a check that hangs is a failed one (D18). A component that is
 * selected, or missing, always has a next check; one that is neither has none.
 */
function demands({ schedule }: ComponentUpdaterInput): () => Watch {
  return () => ({
    after(subject, event) {
      const { value, context } = subject.snapshot();
      const ageMs = (event as { error?: { ageMs?: number } }).error?.ageMs;
      if (ageMs !== undefined) expect(value).toBe(ageMs > hour ? 'Stale' : 'Failed');
      const severities = { Stale: 'ERROR', NotRolledBack: 'ERROR', Failed: 'WARN', Updated: 'INFO' };
      const told = subject.log().at(-1);
      const wanted =
        value === 'RolledBack' && event.type.includes('rollBack')
          ? 'WARN'
          : (severities[value as keyof typeof severities] ?? 'DEBUG');
      expect(told?.severitytext ?? 'DEBUG').toBe(wanted);
      if (event.type.startsWith('xstate.after.checkTime')) expect(['Failed', 'NotRolledBack']).toContain(value);
      const { plan, version } = context as ComponentUpdaterContext;
      const isLookedFor = schedule !== null || version === null;
      if (!['Checking', 'RollingBack'].includes(String(value)) && value !== 'NotRolledBack')
        expect(plan !== null, String(value)).toBe(isLookedFor);
    },
  });
}

describe('component updater', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const taken = new Set<string>();
    for (const input of [filter, daily, unselected, { ...unselected, version: null }]) {
      const own = model(input);
      const paths = edgePaths(own);
      expect(paths.length).toBeGreaterThan(50);
      const { transitions } = await walkPaths(own, paths, demands(input), false);
      for (const each of transitions) taken.add(each);
    }
    expect([...taken].sort()).toEqual(allTransitions(componentUpdaterMachine));
  }, 60_000);

  /** An updater whose checks are settled by hand. */
  function updater(input: ComponentUpdaterInput) {
    const clock = new SimulatedClock();
    const subject = createSubject(componentUpdaterMachine, input, clock);
    return { clock, subject, checks: () => subject.started.get('check')?.length ?? 0 };
  }

  test('the newest version is checked within 15 minutes, a little earlier by chance', async () => {
    const { clock, subject, checks } = updater(filter);
    await subject.settle('check', 'done', { outcome: 'unchanged', version: '1', ...moment });
    clock.increment(14.5 * minute - 1);
    expect(checks()).toBe(1);
    clock.increment(1);
    expect(checks()).toBe(2);
  });

  test('failures are followed by a wait that doubles up to its limit; a success ends that', async () => {
    const { clock, subject, checks } = updater(filter);
    for (const [index, wait] of [1, 2, 4, 8, 8].entries()) {
      await subject.settle('check', 'error', failure(0, { random: 0 }).error);
      expect(subject.log().at(-1)?.data).toMatchObject({ failures: index + 1, waitMs: wait * minute });
      clock.increment(wait * minute - 1);
      expect(checks()).toBe(index + 1);
      clock.increment(1);
      expect(checks()).toBe(index + 2);
    }
    await subject.settle('check', 'done', success('unchanged', { random: 0 }).output);
    expect(subject.log().at(-1)?.data).toMatchObject({ failures: 0, waitMs: 15 * minute });
  });

  test('what the source asks for is waited for, whatever the schedule and the failures say', async () => {
    const { subject } = updater(filter);
    await subject.settle('check', 'error', failure(0, { minWaitMs: 3 * hour }).error);
    expect(subject.log().at(-1)?.data.waitMs).toBe(3 * hour);
    subject.send({ type: 'CHECK_NOW' });
    await subject.settle('check', 'done', success('unchanged', { minWaitMs: 2 * hour }).output);
    expect(subject.log().at(-1)?.data.waitMs).toBe(2 * hour);
  });

  test('by the clock on the wall: at its time, and not twice when the timer was a little ahead of it', async () => {
    const { clock, subject, checks } = updater(daily);
    expect([subject.snapshot().value, checks()]).toEqual(['Waiting', 0]);
    clock.increment(hour);
    expect(checks()).toBe(1);
    await subject.settle('check', 'done', success('unchanged', { atMs: atMs + hour - 5, random: 0 }).output);
    expect(subject.log().at(-1)?.data.waitMs).toBe(24 * hour);
  });

  test('somebody sets the clock: over the time, and it is due at once; back, and it is planned anew', () => {
    const over = updater(daily);
    over.subject.send({ type: 'CLOCK_SET', ...moment, atMs: atMs + 2 * hour } as EventObject);
    over.clock.increment(0);
    expect(over.checks()).toBe(1);
    const back = updater(daily);
    back.subject.send({ type: 'CLOCK_SET', ...moment, random: 0, atMs: atMs - 400 * 24 * hour } as EventObject);
    expect(back.subject.log().at(-1)?.data).toMatchObject({ state: 'Waiting', waitMs: hour });
  });

  test('not selected: never by itself, but at once when there is none', async () => {
    const { clock, subject, checks } = updater(unselected);
    clock.increment(30 * 24 * hour);
    expect([subject.snapshot().value, checks()]).toEqual(['Waiting', 0]);
    subject.send({ type: 'CHECK_NOW' });
    await subject.settle('check', 'error', failure(0).error);
    expect(subject.log().at(-1)?.data).toMatchObject({ state: 'Failed', waitMs: null });
    expect(updater({ ...unselected, version: null }).checks()).toBe(1);
  });

  test('rolled back: the version that was in use is told as held back, until a newer one comes', async () => {
    const { subject } = updater(daily);
    subject.send({ type: 'ROLL_BACK' });
    await subject.settle('rollBack', 'done', rolledBack);
    expect(subject.log().at(-1)).toMatchObject({ type: 'sekisho.updater.rolled-back.v1', severitytext: 'WARN' });
    expect(subject.log().at(-1)?.data).toMatchObject({ version: '1', heldBack: '2' });
    subject.send({ type: 'CHECK_NOW' });
    await subject.settle('check', 'done', success('held-back', { version: '1', heldBack: '2' }).output);
    expect(subject.log().at(-1)).toMatchObject({ type: 'sekisho.updater.rolled-back.v1', severitytext: 'DEBUG' });
    subject.send({ type: 'CHECK_NOW' });
    await subject.settle('check', 'done', success('installed', { version: '3' }).output);
    expect(subject.log().at(-1)?.data).toMatchObject({ state: 'Updated', version: '3', heldBack: null });
  });
});
