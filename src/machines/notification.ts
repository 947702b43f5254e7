import { assign, fromPromise, setup } from 'xstate';
import type { ChannelName, NotificationKind } from '../events/notification.ts';

/**
 * One notification on its way to one target, from the outbox to its end. It is sent at least once, and given up only when
 * the other side refuses it, or when it has waited too long.
 */

export interface NotificationInput {
  /** Id of the notification. */
  notification: string;
  kind: NotificationKind;
  channel: ChannelName;
  /** Who is told. */
  target: string;
  /** Subject of the event that it tells of. */
  about: string;
  /** By programs before this one: how often it was tried, and how long it has waited between attempts. */
  triedBefore: number;
  waitedBeforeMs: number;
  /** From the first failure to the next attempt; doubled with each further one. */
  retryMs: number;
  /** At most so long. */
  retryMsMax: number;
  /** Given up when it has waited so long, all together; no clock is asked, so none that jumps can shorten it. */
  giveUpMs: number;
  /** Bound of one attempt. */
  sendMs: number;
  /** Why it is not even tried: there are too many, or nobody has its target any more. */
  refusal: string | null;
}

export interface NotificationContext extends NotificationInput {
  attempts: number;
  /** Between attempts, all together. */
  waitedMs: number;
  /** Why the last attempt failed. */
  reason: string | null;
  /** What the other side said when it took it. */
  outcome: string | null;
}

/** The program ends. */
export type NotificationEvent = { type: 'STOP' };

/** Error of `send`. */
export interface SendFailure {
  kind: 'temporary' | 'permanent';
  message: string;
}

const failureOf = (event: unknown) => (event as { error?: Partial<SendFailure> }).error;

/** The wait after so many attempts. */
function backOff({ attempts, retryMs, retryMsMax }: NotificationContext): number {
  // Numbers even without input, as xstate's pure functions first make an actor that has none.
  return Math.min((retryMs ?? 0) * 2 ** Math.max(0, (attempts ?? 1) - 1), retryMsMax ?? 0);
}

export const notificationMachine = setup({
  types: {
    context: {} as NotificationContext,
    events: {} as NotificationEvent,
    input: {} as NotificationInput,
  },
  actors: {
    /** Gives it to the channel; resolves with what the other side said. */
    send: fromPromise<string, number>(() => Promise.reject(new Error('not provided'))),
  },
  delays: {
    backOff: ({ context }) => backOff(context),
    sendTime: ({ context }) => context.sendMs ?? 0,
  },
  guards: {
    refused: ({ context }) => context.refusal !== null && context.refusal !== undefined,
    permanent: ({ event }) => failureOf(event)?.kind === 'permanent',
    tooLong: ({ context }) => context.waitedMs + backOff(context) > context.giveUpMs,
  },
  actions: {
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    noteRefusal: assign({ reason: ({ context }) => context.refusal }),
    noteFailure: assign({ reason: ({ event }) => failureOf(event)?.message ?? 'unknown' }),
    noteTimeout: assign({ reason: ({ context }) => `no end within ${context.sendMs / 1000} s` }),
    noteOutcome: assign({ reason: null, outcome: ({ event }) => (event as unknown as { output: string }).output }),
    countWait: assign({ waitedMs: ({ context }) => context.waitedMs + backOff(context) }),
  },
}).createMachine({
  id: 'notification',
  initial: 'Due',
  context: ({ input }) => ({
    ...input,
    attempts: input?.triedBefore ?? 0,
    waitedMs: input?.waitedBeforeMs ?? 0,
    reason: null,
    outcome: null,
  }),
  states: {
    Due: {
      always: [{ guard: 'refused', target: 'GivenUp', actions: 'noteRefusal' }, { target: 'Sending' }],
    },
    /** An attempt is under way. */
    Sending: {
      entry: 'countAttempt',
      invoke: {
        id: 'send',
        src: 'send',
        input: ({ context }) => context.attempts,
        onDone: { target: 'Sent', actions: 'noteOutcome' },
        onError: [
          { guard: 'permanent', target: 'GivenUp', actions: 'noteFailure' },
          { guard: 'tooLong', target: 'GivenUp', actions: 'noteFailure' },
          { target: 'Waiting', actions: ['noteFailure'] },
        ],
      },
      after: {
        sendTime: [
          { guard: 'tooLong', target: 'GivenUp', actions: 'noteTimeout' },
          { target: 'Waiting', actions: ['noteTimeout'] },
        ],
      },
      on: { STOP: { target: 'Kept' } },
    },
    /** The last attempt failed; the next one comes after a wait that grows. */
    Waiting: {
      after: { backOff: { target: 'Sending', actions: 'countWait' } },
      on: { STOP: { target: 'Kept' } },
    },
    /** The other side has taken it; or it has left, where nobody confirms. */
    Sent: { type: 'final' },
    /** It will not be tried again. */
    GivenUp: { type: 'final' },
    /** The program ends; the next one begins with an attempt. */
    Kept: { type: 'final' },
  },
});
