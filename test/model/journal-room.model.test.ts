import { describe, expect, test } from 'vitest';
import { type JournalMeasured, type JournalRoomContext, journalRoomMachine } from '../../src/machines/journal-room.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const input = { percentMax: 80, freeBytesMin: 1000 };
const measured = (heldBytes: number, freeBytes: number): JournalMeasured => ({
  ...{ type: 'MEASURED', heldBytes, bytesMax: 1000, heldBy: heldBytes === 0 ? null : 'relay/kafka' },
  ...{ freeBytes, diskBytes: 10_000 },
});
/** On and beside each limit, and a tenth before it. */
const cases = [0, 719, 720, 799, 800, 1200].flatMap((held) =>
  [999, 1000, 1099, 1100, 9000].map((free) => measured(held, free)),
);
const model = createModel(journalRoomMachine, {
  input,
  cases: { MEASURED: cases },
  situation: ({ context }) => (context as JournalRoomContext).short,
});

/** Written from the settings: short at a limit, over only a tenth away from it, and told at each change. */
function demands(): Watch {
  let isShort: boolean | undefined;
  let changes = 0;
  return {
    after(subject, event) {
      const { heldBytes, freeBytes } = event as unknown as JournalMeasured;
      const before = isShort;
      if (heldBytes >= 800 || freeBytes < 1000) isShort = true;
      else if (before === undefined || (heldBytes < 720 && freeBytes >= 1100)) isShort = false;
      if (isShort !== before) changes += 1;
      expect(subject.snapshot().value).toBe(isShort ? 'NearlyFull' : 'Roomy');
      expect(subject.log()).toHaveLength(changes);
      const told = subject.log().at(-1);
      expect(told).toMatchObject({ subject: 'journal' });
      expect(told?.severitytext).toBe(isShort ? 'ERROR' : changes === 1 ? 'DEBUG' : 'INFO');
      if (!isShort || isShort === before) return;
      expect(told?.data).toMatchObject(
        freeBytes < 1000
          ? { short: 'disk', bytes: 10_000 - freeBytes, bytesMax: 10_000, percent: 90 }
          : { short: 'journal', bytes: heldBytes, bytesMax: 1000, percent: heldBytes / 10, heldBy: 'relay/kafka' },
      );
    },
  };
}

describe('room of the journal', () => {
  test('every situation and every measure in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(journalRoomMachine));
  });

  test('all simple paths', async () => {
    await walkPaths(model, simplePaths(model), demands, false);
  });
});
