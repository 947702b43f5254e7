import { assign, fromPromise, setup } from 'xstate';

/**
 * One server of a scan engine outside, a clamd: asked while it answers, left alone for a time after several failures in a row, and then
 * tried with a PING before a message is given to it. It outlives the epochs of the scan service.
 */

export interface ScanEngineInput {
  /** Kind of the engine. */
  engine: 'clamd';
  /** `host:port` or `unix:/path`. */
  server: string;
  /** Failures in a row that are still tolerated: one more trips. */
  threshold: number;
  /** How long it is then left alone. */
  cacheMs: number;
  /** Bound of the PING. */
  pingMs: number;
  /** Messages are not scanned without the engine (451). */
  required: boolean;
}

export interface ScanEngineContext extends ScanEngineInput {
  /** In a row. */
  failures: number;
  /** Kind of the last failure. */
  failure: string | null;
}

export type ScanEngineEvent = { type: 'ANSWERED' } | { type: 'FAILED'; kind: string; scan?: string };

export const scanEngineMachine = setup({
  types: {
    context: {} as ScanEngineContext,
    events: {} as ScanEngineEvent,
    input: {} as ScanEngineInput,
  },
  actors: {
    /** Rejects unless the server answers. */
    ping: fromPromise<void, { server: string }>(() => Promise.reject(new Error('not provided'))),
  },
  delays: {
    cacheTime: ({ context }) => context.cacheMs,
    pingTime: ({ context }) => context.pingMs,
  },
  guards: {
    tripsNow: ({ context }) => context.failures + 1 > context.threshold,
  },
  actions: {
    clear: assign({ failures: 0, failure: null }),
    noteFailure: assign(({ context, event }) =>
      event.type === 'FAILED' ? { failures: context.failures + 1, failure: event.kind } : {},
    ),
  },
}).createMachine({
  id: 'engine',
  initial: 'Unasked',
  context: ({ input }) => ({ ...input, failures: 0, failure: null }),
  states: {
    Unasked: {
      on: {
        ANSWERED: { target: 'Healthy' },
        FAILED: [
          { guard: 'tripsNow', target: 'CachedInvalid', actions: 'noteFailure' },
          { target: 'Failing', actions: 'noteFailure' },
        ],
      },
    },
    Healthy: {
      entry: 'clear',
      on: {
        FAILED: [
          { guard: 'tripsNow', target: 'CachedInvalid', actions: 'noteFailure' },
          { target: 'Failing', actions: 'noteFailure' },
        ],
      },
    },
    /** It is asked; each failure counts, an answer clears all. */
    Failing: {
      on: {
        ANSWERED: { target: 'Healthy' },
        FAILED: [
          { guard: 'tripsNow', target: 'CachedInvalid', actions: 'noteFailure' },
          { target: 'Failing', reenter: true, actions: 'noteFailure' },
        ],
      },
    },
    /** Not asked. What was asked before may still answer, or fail: that changes nothing. */
    CachedInvalid: { after: { cacheTime: { target: 'Probing' } } },
    /** A PING decides; no message waits for it. */
    Probing: {
      invoke: {
        id: 'ping',
        src: 'ping',
        input: ({ context }) => ({ server: context.server }),
        onDone: { target: 'Healthy' },
        onError: { target: 'CachedInvalid' },
      },
      after: { pingTime: { target: 'CachedInvalid' } },
    },
  },
});
