import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import { type ScanServiceContext, scanServiceMachine } from '../../src/machines/scan-service.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const lastEpoch = 7;
const ended = (kind: 'done' | 'error', actor: string): EventObject[] => [
  { type: `xstate.${kind}.actor.${actor}`, ...(kind === 'error' ? { error: { message: 'broken' } } : {}) },
];
const model = createModel(scanServiceMachine, {
  input: { lastEpoch, drainMs: 10_000 },
  cases: {
    RESTART: [{ type: 'RESTART', reason: 'settings' } as EventObject],
    STOP: [{ type: 'STOP' }],
    'xstate.done.actor.begin': ended('done', 'begin'),
    'xstate.error.actor.begin': ended('error', 'begin'),
    'xstate.done.actor.drain': ended('done', 'drain'),
    'xstate.error.actor.drain': ended('error', 'drain'),
  },
  situation: ({ context }) => Math.min((context as ScanServiceContext).epoch, lastEpoch + 3),
});

/** D10: every start is an epoch of its own, never used before; the log says each. Stopping starts nothing. */
function demands(): Watch {
  let starts = 1;
  let stopped = false;
  return {
    before(subject, event) {
      stopped ||= event.type === 'STOP';
      const canRestart = ['Running', 'Restarting', 'Draining'].includes(subject.snapshot().value);
      if (event.type === 'RESTART' && canRestart) starts += 1;
    },
    after(subject) {
      const { value, context, status } = subject.snapshot();
      expect(subject.started.get('begin')).toEqual(
        Array.from({ length: starts }, (_, index) => ({ epoch: lastEpoch + 1 + index })),
      );
      expect(context.epoch).toBe(lastEpoch + starts);
      expect(subject.log().at(-1)?.data.epoch).toBe(lastEpoch + starts);
      if (stopped) expect(['Stopping', 'Ended', 'Broken']).toContain(value);
      expect(status).toBe(['Ended', 'Broken'].includes(value) ? 'done' : 'active');
    },
  };
}

describe('scan service', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(scanServiceMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    expect(paths.length).toBeGreaterThan(20);
    await walkPaths(model, paths, demands);
  });
});
