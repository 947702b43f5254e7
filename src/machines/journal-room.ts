import { assign, setup } from 'xstate';

/**
 * Whether the journal will soon take no events, and mail be answered 452: because readers hold back what retention would delete, or
 * because the disk fills up. Told when it gets there and when it is over, however often it is measured.
 */

export interface JournalRoomInput {
  /** `[watch] journal_percent_max`: so much of the journal may be held by readers. */
  percentMax: number;
  /** `[watch] disk_free_bytes_min`. */
  freeBytesMin: number;
}

/** What was measured. */
export interface JournalMeasured {
  type: 'MEASURED';
  /** What readers hold: a journal that is full of what may be deleted has room. */
  heldBytes: number;
  /** `[journal] bytes_max`. */
  bytesMax: number;
  /** The reader that is furthest behind, if any holds something. */
  heldBy: string | null;
  /** Of the file system of the journal. */
  freeBytes: number;
  diskBytes: number;
}

export interface JournalRoomContext extends JournalRoomInput {
  /** What is short, or was. */
  short: 'journal' | 'disk' | null;
  heldBy: string | null;
  /** So much of `bytesMax` is used: of the journal by what readers hold, or of the disk. */
  bytes: number;
  bytesMax: number;
  percent: number;
}

/** At a limit measures go up and down: it is over only when there is a tenth more room. */
const calm = 0.1;

const heldPercent = ({ heldBytes, bytesMax }: JournalMeasured) => (100 * heldBytes) / bytesMax;

function shortOf({ percentMax, freeBytesMin }: JournalRoomInput, measured: JournalMeasured, margin: number) {
  if (measured.freeBytes < freeBytesMin * (1 + margin)) return 'disk';
  return heldPercent(measured) >= percentMax * (1 - margin) ? 'journal' : null;
}

function noted(context: JournalRoomContext, measured: JournalMeasured): Partial<JournalRoomContext> {
  const { heldBytes, heldBy, freeBytes, diskBytes } = measured;
  const short = shortOf(context, measured, 0);
  const [bytes, bytesMax] = short === 'disk' ? [diskBytes - freeBytes, diskBytes] : [heldBytes, measured.bytesMax];
  return { short, heldBy, bytes, bytesMax, percent: Math.floor((100 * bytes) / bytesMax) };
}

export const journalRoomMachine = setup({
  types: {
    context: {} as JournalRoomContext,
    events: {} as JournalMeasured,
    input: {} as JournalRoomInput,
  },
  guards: {
    isShort: ({ context, event }) => shortOf(context, event, 0) !== null,
    hasRoomAgain: ({ context, event }) => shortOf(context, event, calm) === null,
  },
  actions: { note: assign(({ context, event }) => noted(context, event)) },
}).createMachine({
  id: 'journal',
  initial: 'Unmeasured',
  context: ({ input }) => ({ ...input, short: null, heldBy: null, bytes: 0, bytesMax: 0, percent: 0 }),
  states: {
    Unmeasured: {
      on: {
        MEASURED: [
          { guard: 'isShort', target: 'NearlyFull', actions: 'note' },
          { target: 'Roomy', actions: 'note' },
        ],
      },
    },
    Roomy: { on: { MEASURED: { guard: 'isShort', target: 'NearlyFull', actions: 'note' } } },
    NearlyFull: { on: { MEASURED: { guard: 'hasRoomAgain', target: 'Roomy', actions: 'note' } } },
  },
});
