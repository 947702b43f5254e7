import { describe, expect, test } from 'vitest';
import { type EventObject, SimulatedClock } from 'xstate';
import { type ProjectionContext, projectionMachine } from '../../src/machines/projection.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const input = { projection: 'system-events', retryMs: 1000, retryMsMax: 3000 };
const parked = { type: 'PARKED', stream: 'journal', offset: 7, reason: 'no JSON', count: 2 } as EventObject;
const lost = { type: 'LOST', stream: 'journal', from: 3, to: 5 } as EventObject;
const failuresOf = ({ context }: { context: unknown }) => (context as ProjectionContext).failures;
const model = createModel(projectionMachine, {
  input,
  cases: {
    CAUGHT_UP: [{ type: 'CAUGHT_UP' }],
    PARKED: [parked],
    LOST: [lost],
    // Bounded, so that the walk ends; three are enough for the back-off to reach its limit.
    FAILED: (snapshot) => (failuresOf(snapshot) < 3 ? [{ type: 'FAILED', reason: 'disk full' } as EventObject] : []),
    STOP: [{ type: 'STOP' }],
  },
  situation: failuresOf,
});

/** Whatever is parked or lost is an alert; trouble of ours is a warning and never the end. */
function demands(): Watch {
  return {
    after(subject, event) {
      const snapshot = subject.snapshot();
      const last = subject.log().at(-1);
      if (event.type === 'PARKED' || event.type === 'LOST') {
        expect(last).toMatchObject({
          severitytext: 'ERROR',
          subject: 'projection/system-events',
          data: { trigger: event },
        });
      }
      if (event.type === 'FAILED') expect(last).toMatchObject({ severitytext: 'WARN', data: { state: 'Failing' } });
      if (event.type === 'CAUGHT_UP') expect(failuresOf(snapshot)).toBe(0);
      expect(snapshot.status === 'done').toBe(snapshot.value === 'Stopped');
    },
  };
}

describe('projection', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(projectionMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    expect(paths.length).toBeGreaterThan(5);
    await walkPaths(model, paths, demands);
  });

  test('waits twice as long after each failure, up to the limit, and forgets them when it has caught up', () => {
    const clock = new SimulatedClock();
    const subject = createSubject(projectionMachine, input, clock);
    const waits = (ms: number) => {
      subject.send({ type: 'FAILED', reason: 'disk full' } as EventObject);
      clock.increment(ms - 1);
      expect(subject.snapshot().value).toBe('Failing');
      clock.increment(1);
      expect(subject.snapshot().value).toBe('CatchingUp');
    };
    for (const ms of [1000, 2000, 3000, 3000]) waits(ms);
    subject.send({ type: 'CAUGHT_UP' });
    waits(1000);
  });
});
