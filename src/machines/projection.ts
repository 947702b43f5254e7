import { assign, setup } from 'xstate';

/**
 * One projection that a program keeps up to date: it reads the log from where its view ends, tells when it has caught up,
 * parks what cannot be folded, and reads again by and by when its store or the log fails.
 */

export interface ProjectionInput {
  /** Name of the projection. */
  projection: string;
  /** From the first failure to the next reading; doubled with each further one. */
  retryMs: number;
  /** At most so long. */
  retryMsMax: number;
}

export interface ProjectionContext extends ProjectionInput {
  /** Failures since the last time that it had caught up. */
  failures: number;
  /** Events parked since the program began. */
  parked: number;
  /** Places lost since the program began; in Kafka not each of them held an event. */
  lost: number;
}

export type ProjectionEvent =
  /** The view holds everything that was in the log when the reading began. */
  | { type: 'CAUGHT_UP' }
  /** Events could not be folded and were put aside: the first of them, and how many. */
  | { type: 'PARKED'; stream: string; offset: number; reason: string; count: number }
  /** Events were gone before they were read: retention had passed the reader. */
  | { type: 'LOST'; stream: string; from: number; to: number }
  /** The store or the log cannot be used. */
  | { type: 'FAILED'; reason: string }
  | { type: 'STOP' };

export const projectionMachine = setup({
  types: {
    context: {} as ProjectionContext,
    events: {} as ProjectionEvent,
    input: {} as ProjectionInput,
  },
  delays: {
    // Numbers even without input, as xstate's pure functions first make an actor that has none.
    backOff: ({ context }) => Math.min((context.retryMs ?? 0) * 2 ** (context.failures - 1), context.retryMsMax ?? 0),
  },
  actions: {
    /** Reads the log into the view from where it ends, and sends what happens. */
    startReading: () => {},
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
    countParked: assign({
      parked: ({ context, event }) => context.parked + (event.type === 'PARKED' ? event.count : 0),
    }),
    countLost: assign({
      lost: ({ context, event }) => context.lost + (event.type === 'LOST' ? event.to - event.from + 1 : 0),
    }),
  },
}).createMachine({
  id: 'projection',
  initial: 'CatchingUp',
  context: ({ input }) => ({ ...input, failures: 0, parked: 0, lost: 0 }),
  states: {
    CatchingUp: {
      entry: 'startReading',
      on: {
        CAUGHT_UP: { target: 'Live', actions: 'forgetFailures' },
        FAILED: { target: 'Failing', actions: 'countFailure' },
        PARKED: { actions: 'countParked' },
        LOST: { actions: 'countLost' },
        STOP: { target: 'Stopped' },
      },
    },
    /** What is logged is in the view a moment later. */
    Live: {
      on: {
        FAILED: { target: 'Failing', actions: 'countFailure' },
        PARKED: { actions: 'countParked' },
        LOST: { actions: 'countLost' },
        STOP: { target: 'Stopped' },
      },
    },
    /** Queries are answered from the view as it is. */
    Failing: {
      after: { backOff: { target: 'CatchingUp' } },
      on: { STOP: { target: 'Stopped' } },
    },
    /** The transaction in hand was finished, and the reading has ended. */
    Stopped: { type: 'final' },
  },
});
