import { describe, expect, test } from 'vitest';
import { type ScanEngineContext, type ScanEngineEvent, scanEngineMachine } from '../../src/machines/scan-engine.ts';
import { allTransitions, createModel, edgePaths, type Watch, walkPaths } from './harness.ts';

const cases: Record<ScanEngineEvent['type'] | string, object[]> = {
  ANSWERED: [{ type: 'ANSWERED' }],
  FAILED: [{ type: 'FAILED', kind: 'timeout', scan: 'S' }],
  'xstate.done.actor.ping': [{ type: 'xstate.done.actor.ping', output: undefined }],
  'xstate.error.actor.ping': [{ type: 'xstate.error.actor.ping', error: { kind: 'refused' } }],
};

function modelOf(threshold: number) {
  return createModel(scanEngineMachine, {
    input: { engine: 'clamd', server: 'c:3310', threshold, cacheMs: 60_000, pingMs: 3000, required: true },
    cases: cases as never,
    situation: ({ context, value }) => [value, (context as ScanEngineContext).failures],
  });
}

/** From the settings' words, counted apart from the machine. */
function demands(threshold: number): Watch {
  let inARow = 0;
  let isLeftAlone = false;
  return {
    after(subject, { type }) {
      const { value, context } = subject.snapshot() as { value: string; context: ScanEngineContext };
      if (!isLeftAlone && type === 'FAILED') inARow++;
      if ((!isLeftAlone && type === 'ANSWERED') || type === 'xstate.done.actor.ping') inARow = 0;
      isLeftAlone = inARow > threshold;
      expect(['CachedInvalid', 'Probing'].includes(value)).toBe(isLeftAlone);
      if (!isLeftAlone) expect(context.failures).toBe(inARow);
      expect(value === 'Failing').toBe(inARow > 0 && !isLeftAlone);
      const told = subject.log().at(-1);
      if (type === 'FAILED' && value === 'CachedInvalid' && inARow === threshold + 1 && told?.data.from !== value)
        expect(told).toMatchObject({
          ...{ type: 'sekisho.engine.cached-invalid.v1', severitytext: 'ERROR', subject: 'engine/clamd/c:3310' },
          data: { failCount: threshold + 1, failure: 'timeout', cacheSeconds: 60, required: true },
        });
      if (type === 'xstate.error.actor.ping') expect(told?.severitytext).toBe('INFO');
    },
  };
}

describe('a clamd', () => {
  test('every situation and every event in it, at several thresholds; all transitions are taken', async () => {
    const taken = new Set<string>();
    for (const threshold of [0, 1, 3]) {
      const model = modelOf(threshold);
      const { transitions } = await walkPaths(model, edgePaths(model), () => demands(threshold));
      for (const transition of transitions) taken.add(transition);
    }
    expect([...taken].sort()).toEqual(allTransitions(scanEngineMachine));
  });
});
