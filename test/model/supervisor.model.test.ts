import { describe, expect, test } from 'vitest';
import { type EventObject, fromPromise } from 'xstate';
import { createSupervisorMachine, restartsMax, type SupervisorContext } from '../../src/machines/supervisor.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const machine = createSupervisorMachine({ server: fromPromise(() => new Promise(() => {})) });
const child = { id: 'server-1', src: 'server', input: { server: 'sps.example.org:443' } };
const restarts = (context: unknown) => (context as SupervisorContext).children[child.id]?.restarts;
const model = createModel(machine, {
  input: undefined,
  cases: {
    START_CHILD: [{ type: 'START_CHILD', child } as EventObject],
    STOP_CHILD: [{ type: 'STOP_CHILD', id: child.id } as EventObject],
    'xstate.error.actor.*': ({ context }) =>
      restarts(context) === undefined
        ? []
        : [{ type: `xstate.error.actor.${child.id}`, error: { message: 'broken' } } as EventObject],
  },
  situation: ({ context }) => restarts(context),
});

/** A failed child runs again with the input it had, under the id it had, and the log says so; until it is given up. */
function demands(): Watch {
  let starts = 0;
  let failures = 0;
  return {
    after(subject, event) {
      const { value, context, children } = subject.snapshot();
      if (event.type === 'START_CHILD') {
        starts += 1;
        failures = 0;
      }
      if (event.type.startsWith('xstate.error.')) {
        failures += 1;
        expect(value).toBe(failures > restartsMax ? 'GivenUp' : 'Supervising');
        if (value === 'Supervising') {
          starts += 1;
          expect(restarts(context)).toBe(failures);
          expect(subject.log().at(-1)?.type).toBe('sekisho.supervisor.child-restarted.v1');
        } else {
          expect(subject.log().at(-1)).toMatchObject({ type: 'sekisho.supervisor.given-up.v1', severitytext: 'ERROR' });
        }
      }
      expect(subject.started.get(child.id) ?? []).toEqual(Array.from({ length: starts }, () => child.input));
      expect(subject.isPending(child.id)).toBe(value === 'Supervising' && restarts(context) !== undefined);
      expect(Object.keys(children).filter((id) => id !== child.id)).toEqual([]);
    },
  };
}

describe('supervisor', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(machine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    // One: started, failed until given up. (The first step of a path is its beginning.)
    expect(paths.map(({ steps }) => steps.length)).toEqual([1 + 1 + restartsMax + 1]);
    await walkPaths(model, paths, demands);
  });
});
