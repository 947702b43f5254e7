import { describe, expect, test } from 'vitest';
import { type QuarantineContext, type QuarantineEvent, quarantineMachine } from '../../src/machines/quarantine.ts';
import { allTransitions, createModel, edgePaths, type Watch, walkPaths } from './harness.ts';

const bytesMax = 1000;
/** On and beside each limit: full at 1000, over at 900, and less where a large message waits. */
const measures: QuarantineEvent[] = [0, 700, 701, 900, 901, 999, 1000, 1200].map((bytes) => ({
  type: 'MEASURED',
  messages: 3,
  bytes,
}));

const cases: Record<QuarantineEvent['type'], QuarantineEvent[]> = {
  MEASURED: measures,
  EXPIRED: [{ type: 'EXPIRED', ids: ['A', 'B'], why: 'age' }],
  REFUSED: [10, 300].map((size) => ({ type: 'REFUSED', size })),
  FAILED: [{ type: 'FAILED', reason: 'EACCES' }],
};

function modelOf(limit: number) {
  return createModel(quarantineMachine, {
    input: { bytesMax: limit, daysMax: 30, whenFull: 'defer' },
    cases,
    situation: ({ context, value }) => [value, (context as QuarantineContext).refusedBytes],
  });
}

/** From the settings' words: full is told once, and over only when the refused message and a tenth more have room. */
function demands(limit: number): Watch {
  let state = 'Unmeasured';
  let refused = 0;
  return {
    after(subject, step) {
      const event = step as unknown as QuarantineEvent;
      const before = state;
      const isFull = event.type === 'MEASURED' && limit > 0 && event.bytes >= limit;
      const hasRoom = event.type === 'MEASURED' && (limit === 0 || event.bytes <= Math.min(900, limit - refused));
      if (event.type === 'REFUSED' && (state === 'Open' || state === 'Unmeasured')) {
        state = 'Full';
        refused = event.size;
      } else if (event.type === 'FAILED') state = 'Failing';
      else if (isFull) state = 'Full';
      else if (event.type === 'MEASURED' && (state !== 'Full' || hasRoom)) state = 'Open';
      if (state !== before && event.type === 'MEASURED') refused = 0;
      expect(subject.snapshot().value).toBe(state);
      const told = subject.log().at(-1);
      if (event.type === 'EXPIRED') {
        expect(told).toMatchObject({ type: 'sekisho.quarantine.expired.v1', severitytext: 'INFO' });
        expect(told?.data.trigger).toMatchObject({ ids: ['A', 'B'], why: 'age' });
      } else if (state !== before) {
        const severity = { Full: 'ERROR', Failing: 'WARN', Open: before === 'Unmeasured' ? 'DEBUG' : 'INFO' }[state];
        expect(told).toMatchObject({ subject: 'quarantine', severitytext: severity });
      }
    },
  };
}

describe('the quarantine within its limits', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const model = modelOf(bytesMax);
    const { transitions } = await walkPaths(model, edgePaths(model), () => demands(bytesMax));
    expect([...transitions].sort()).toEqual(allTransitions(quarantineMachine));
  });

  test('without a limit it is full only while a message was refused', async () => {
    const model = modelOf(0);
    await walkPaths(model, edgePaths(model), () => demands(0));
  });
});
