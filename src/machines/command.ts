import { assign, fromPromise, setup } from 'xstate';
import type { CommandResult, Order } from '../events/command.ts';

/**
 * One command at one gateway, from its receipt to its outcome. A command is begun at most once by a gateway: that it runs is
 * on disk before anything is done, and one that was interrupted is not begun again, for it may have been what ended the gateway.
 */

export interface CommandInput {
  /** Id of the command. */
  command: string;
  /** Name of the gateway. */
  gateway: string;
  /** What is to be done; null when it is not understood, and then `problem` says why. */
  order: Order | null;
  problem: string | null;
  /** CloudEvents source of who gave it, if that is known. */
  givenBy: string | null;
  /** When it was given and when it came to its turn, ms since 1970. */
  givenMs: number;
  receivedMs: number;
  /** How long it holds. */
  validMs: number;
  /** It was running when the gateway ended. */
  interrupted: boolean;
}

export interface CommandContext extends CommandInput {
  /** Why it was refused or failed. */
  reason: string | null;
  /** Which failure it was, as `wrongly-signed` or `timeout`; null where it has no name. */
  failure: string | null;
  result: CommandResult | null;
}

/** The gateway ends. */
export type CommandEvent = { type: 'STOP' };

/** D18. A check that is under way (180 s), one more, and the start of an epoch (120 s) fit in. */
export const commandMsMax = 600_000;

/** Clocks differ; a command from further in the future would hold for nobody knows how long. */
const aheadMsMax = 5 * 60_000;

const errorOf = (event: unknown) => (event as { error?: { message?: string; kind?: unknown } }).error ?? {};
const kindOf = ({ kind }: { kind?: unknown }) => (typeof kind === 'string' ? kind : null);
const interruption = 'the gateway ended in the middle of it; give it again if it is still wanted';

export const commandMachine = setup({
  types: {
    context: {} as CommandContext,
    events: {} as CommandEvent,
    input: {} as CommandInput,
  },
  actors: {
    run: fromPromise<CommandResult, CommandInput>(() => Promise.reject(new Error('not provided'))),
  },
  delays: { limit: () => commandMsMax },
  guards: {
    interrupted: ({ context }) => context.interrupted,
    notUnderstood: ({ context }) => context.order === null,
    expired: ({ context }) => context.receivedMs - context.givenMs > context.validMs,
    ofTheFuture: ({ context }) => context.givenMs - context.receivedMs > aheadMsMax,
  },
  actions: {
    noteInterruption: assign({ reason: interruption }),
    noteProblem: assign({ reason: ({ context }) => context.problem }),
    noteExpiry: assign({
      reason: ({ context: { receivedMs, givenMs, validMs } }) =>
        `it expired ${Math.ceil((receivedMs - givenMs - validMs) / 1000)} s ago`,
    }),
    noteFuture: assign({
      reason: ({ context: { receivedMs, givenMs } }) =>
        `its time lies ${Math.ceil((givenMs - receivedMs) / 1000)} s in the future: the clocks differ`,
    }),
    noteLimit: assign({ reason: `it did not end within ${commandMsMax / 1000} s` }),
    noteFailure: assign({
      reason: ({ event }) => errorOf(event).message ?? 'unknown',
      failure: ({ event }) => kindOf(errorOf(event)),
    }),
    noteResult: assign({ result: ({ event }) => (event as unknown as { output: CommandResult }).output }),
  },
}).createMachine({
  id: 'command',
  initial: 'Received',
  context: ({ input }) => ({ ...input, reason: null, failure: null, result: null }),
  states: {
    Received: {
      always: [
        { guard: 'interrupted', target: 'Failed', actions: 'noteInterruption' },
        { guard: 'notUnderstood', target: 'Refused', actions: 'noteProblem' },
        { guard: 'expired', target: 'Refused', actions: 'noteExpiry' },
        { guard: 'ofTheFuture', target: 'Refused', actions: 'noteFuture' },
        { target: 'Running' },
      ],
    },
    Running: {
      invoke: {
        id: 'run',
        src: 'run',
        input: ({ context }) => context,
        onDone: { target: 'Done', actions: 'noteResult' },
        onError: { target: 'Failed', actions: 'noteFailure' },
      },
      on: { STOP: { target: 'Failed', actions: 'noteInterruption' } },
      after: { limit: { target: 'Failed', actions: 'noteLimit' } },
    },
    /** Nothing was done: it is not understood, or not in its time. */
    Refused: { type: 'final' },
    Done: { type: 'final' },
    /** It was begun; what it wanted may have come about in part. */
    Failed: { type: 'final' },
  },
});
