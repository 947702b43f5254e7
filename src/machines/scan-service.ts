import { assign, fromPromise, setup } from 'xstate';

/**
 * The scan service: epochs, restart and drain (D3, D10). Every start is a new epoch with servers, counts and settings of
 * its own. A restart keeps the listening socket; scans in progress finish under the old epoch within a limit.
 */

export interface ScanServiceInput {
  /** The last epoch of this state folder; 0 when there was none. */
  lastEpoch: number;
  /** How long scans of the old epoch may take to finish. */
  drainMs: number;
}

export interface ScanServiceContext extends ScanServiceInput {
  epoch: number;
}

export type ScanServiceEvent =
  | { type: 'RESTART'; reason: 'signal' | 'settings' | 'component' | 'command' }
  | { type: 'STOP' };

/** D18: longer than the downloads and probes of a start may take together. */
export const beginMsMax = 120_000;

export const scanServiceMachine = setup({
  types: {
    context: {} as ScanServiceContext,
    events: {} as ScanServiceEvent,
    input: {} as ScanServiceInput,
  },
  actors: {
    /** Loads what is on disk, starts the servers of the epoch, waits for the first attempt at each component (D3). */
    begin: fromPromise<void, { epoch: number }>(() => Promise.reject(new Error('not provided'))),
    /** Resolves when no scan of an epoch before this one is in progress. */
    drain: fromPromise<void, { before: number }>(() => Promise.reject(new Error('not provided'))),
  },
  delays: { drainTime: ({ context }) => context.drainMs, beginTime: () => beginMsMax },
  actions: { nextEpoch: assign({ epoch: ({ context }) => context.epoch + 1 }) },
}).createMachine({
  id: 'service',
  initial: 'Stopped',
  context: ({ input }) => ({ ...input, epoch: input.lastEpoch }),
  states: {
    Stopped: { always: { target: 'Starting', actions: 'nextEpoch' } },
    /** Before the first message: the SMTP port is not open yet. */
    Starting: {
      invoke: {
        id: 'begin',
        src: 'begin',
        input: ({ context }) => ({ epoch: context.epoch }),
        onDone: { target: 'Running' },
        onError: { target: 'Broken' },
      },
      on: { STOP: { target: 'Ended' } },
      after: { beginTime: { target: 'Broken' } },
    },
    Running: {
      on: { RESTART: { target: 'Restarting', actions: 'nextEpoch' }, STOP: { target: 'Stopping' } },
    },
    /** The old epoch serves on while the new one starts beside it. */
    Restarting: {
      invoke: {
        id: 'begin',
        src: 'begin',
        input: ({ context }) => ({ epoch: context.epoch }),
        onDone: { target: 'Draining' },
        onError: { target: 'Running' },
      },
      on: {
        RESTART: { target: 'Restarting', reenter: true, actions: 'nextEpoch' },
        STOP: { target: 'Stopping' },
      },
      after: { beginTime: { target: 'Running' } },
    },
    /** The new epoch takes the messages; scans of the old one finish. */
    Draining: {
      invoke: {
        id: 'drain',
        src: 'drain',
        input: ({ context }) => ({ before: context.epoch }),
        onDone: { target: 'Running' },
        onError: { target: 'Running' },
      },
      on: { RESTART: { target: 'Restarting', actions: 'nextEpoch' }, STOP: { target: 'Stopping' } },
      after: { drainTime: { target: 'Running' } },
    },
    /** Scans in progress finish within the limit, then the process may end. */
    Stopping: {
      invoke: {
        id: 'drain',
        src: 'drain',
        input: ({ context }) => ({ before: context.epoch + 1 }),
        onDone: { target: 'Ended' },
        onError: { target: 'Ended' },
      },
      after: { drainTime: { target: 'Ended' } },
    },
    /** The service could not start at all. */
    Broken: { type: 'final' },
    Ended: { type: 'final' },
  },
});
