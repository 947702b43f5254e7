import { assign, setup } from 'xstate';

/**
 * The quarantine, or an archive of the virus rule, within its limits: what is too old goes, and when it is full somebody is told once. The message that finds it full
 * is deferred: its sender keeps it, so that nothing which an administrator may still want is lost to make room, unless they have
 * said so (`when_full`).
 */

export interface QuarantineInput {
  /** Folder of an archive (`[virus_rule] archive_folder`); absent: it is the quarantine. */
  archive?: string;
  /** `bytes_max` of `[quarantine]`, or `archive_bytes_max`; 0: no limit. */
  bytesMax: number;
  /** `days_max`, or `archive_days_max`; 0: no limit. */
  daysMax: number;
  whenFull: 'defer' | 'delete_oldest';
}

export interface QuarantineContext extends QuarantineInput {
  /** As last measured. */
  messages: number;
  bytes: number;
  /** Size of the message that was refused last. */
  refusedBytes: number;
  /** Messages that have gone since the program began. */
  gone: number;
  /** Why it could not be looked after. */
  reason: string | null;
}

export type QuarantineEvent =
  | { type: 'MEASURED'; messages: number; bytes: number }
  /** Messages have gone: these ids, as too old or to make room. */
  | { type: 'EXPIRED'; ids: readonly string[]; why: 'age' | 'room' }
  /** A message found no room. */
  | { type: 'REFUSED'; size: number }
  | { type: 'FAILED'; reason: string };

/** At its limit the size goes up and down: full is over only when a tenth is free. */
export const calm = 0.9;

export const quarantineMachine = setup({
  types: {
    context: {} as QuarantineContext,
    events: {} as QuarantineEvent,
    input: {} as QuarantineInput,
  },
  guards: {
    isFull: ({ context, event }) =>
      event.type === 'MEASURED' && context.bytesMax > 0 && event.bytes >= context.bytesMax,
    hasRoom: ({ context: { bytesMax, refusedBytes }, event }) =>
      event.type === 'MEASURED' &&
      (bytesMax === 0 || (event.bytes <= bytesMax * calm && event.bytes + refusedBytes <= bytesMax)),
  },
  actions: {
    noteMeasure: assign(({ event }) =>
      event.type === 'MEASURED' ? { messages: event.messages, bytes: event.bytes, refusedBytes: 0, reason: null } : {},
    ),
    noteExpired: assign(({ context, event }) =>
      event.type === 'EXPIRED' ? { gone: context.gone + event.ids.length } : {},
    ),
    noteRefused: assign(({ event }) => (event.type === 'REFUSED' ? { refusedBytes: event.size } : {})),
    noteFailure: assign(({ event }) => (event.type === 'FAILED' ? { reason: event.reason } : {})),
  },
}).createMachine({
  id: 'quarantine',
  initial: 'Unmeasured',
  context: ({ input }) => ({
    ...input,
    ...{ messages: 0, bytes: 0, refusedBytes: 0, gone: 0, reason: null },
  }),
  on: { EXPIRED: { actions: 'noteExpired' } },
  states: {
    Unmeasured: {
      on: {
        MEASURED: [
          { guard: 'isFull', target: 'Full', actions: 'noteMeasure' },
          { target: 'Open', actions: 'noteMeasure' },
        ],
        REFUSED: { target: 'Full', actions: 'noteRefused' },
        FAILED: { target: 'Failing', actions: 'noteFailure' },
      },
    },
    Open: {
      on: {
        MEASURED: { guard: 'isFull', target: 'Full', actions: 'noteMeasure' },
        REFUSED: { target: 'Full', actions: 'noteRefused' },
        FAILED: { target: 'Failing', actions: 'noteFailure' },
      },
    },
    /** What should be quarantined is answered 452: told once, however many messages it meets. */
    Full: {
      on: {
        MEASURED: { guard: 'hasRoom', target: 'Open', actions: 'noteMeasure' },
        FAILED: { target: 'Failing', actions: 'noteFailure' },
      },
    },
    /** Its size is not known, and nothing expires: the folder cannot be read, or not be written. */
    Failing: {
      on: {
        MEASURED: [
          { guard: 'isFull', target: 'Full', actions: 'noteMeasure' },
          { target: 'Open', actions: 'noteMeasure' },
        ],
      },
    },
  },
});
