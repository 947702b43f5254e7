import { assign, fromPromise, setup } from 'xstate';

/**
 * Carries the journal to Kafka or to a syslog server, in order, and says when it cannot. Only changes are transitions, never single events or
 * batches; waiting and trying again are inside of `resume`, so that an outage of days is two events.
 */

/** What stands in the way: `away` ends by itself; somebody must mend what is `refused` (who we are) or `stuck` (topics, clock). */
export type RelayTrouble = 'away' | 'refused' | 'stuck';

/** Error of `resume` and `forward`. */
export interface RelayFailure {
  kind: RelayTrouble;
  message: string;
  /** What to do about it, where we know. */
  remedy?: string;
}

/** Where a relay leads; the last part of its name, `relay/kafka`. */
export type RelayTarget = 'kafka' | 'syslog';

export interface RelayInput {
  /** Kafka when absent, as before 0.3.0. */
  to?: RelayTarget;
  /** Sequence of the last event that the receiver is known to have; 0 before the first. */
  position: number;
  /** Why the relay before this one broke down, if it did. */
  crash: string | null;
}

export interface RelayContext extends RelayInput {
  failure: { message: string; remedy: string | null } | null;
  /** Stretches of the log that were gone before they could be sent. */
  gaps: number;
  /** Events that are in the dead letters instead. */
  putAside: number;
}

export type RelayEvent =
  /** The journal lacks the events from `expected` up to the one before `found`. */
  | { type: 'GAP'; expected: number; found: number }
  /** Kafka does not take this event: it is in the dead letters, with the reason. */
  | {
      type: 'PUT_ASIDE';
      sequence: number;
      reason: string;
      id: string;
      eventType: string;
      aggregate: string;
      bytes: number;
    }
  | { type: 'STOP' };

/** What `resume` found: Kafka has everything up to here. */
export interface Resumed {
  position: number;
}

const failureOf = (event: unknown) => (event as { error?: Partial<RelayFailure> }).error;

/** Of each effect that fails; an error of another kind is a defect, and ends the actor. */
const byKind = [
  { guard: 'away', target: 'Away', reenter: true, actions: 'noteFailure' },
  { guard: 'refused', target: 'Refused', reenter: true, actions: 'noteFailure' },
  { guard: 'stuck', target: 'Stuck', reenter: true, actions: 'noteFailure' },
] as const;

/** Tries again for ever, with growing waits, until the next events are in Kafka or something else stands in the way. */
const resumeAfter = (trouble: RelayTrouble) =>
  ({
    id: 'resume',
    src: 'resume',
    input: () => trouble,
    onDone: { target: 'Relaying', actions: 'notePosition' },
    onError: byKind,
  }) as const;

export const relayMachine = setup({
  types: {
    context: {} as RelayContext,
    events: {} as RelayEvent,
    input: {} as RelayInput,
  },
  actors: {
    /** Connects and sends what is next. Without a trouble as input one attempt, at once. */
    resume: fromPromise<Resumed, RelayTrouble | null>(() => Promise.reject(new Error('not provided'))),
    /** Sends what comes, until it fails. */
    forward: fromPromise<never>(() => Promise.reject(new Error('not provided'))),
  },
  guards: {
    away: ({ event }) => failureOf(event)?.kind === 'away',
    refused: ({ event }) => failureOf(event)?.kind === 'refused',
    stuck: ({ event }) => failureOf(event)?.kind === 'stuck',
  },
  actions: {
    noteFailure: assign({
      failure: ({ event }) => ({
        message: failureOf(event)?.message ?? '',
        remedy: failureOf(event)?.remedy ?? null,
      }),
    }),
    notePosition: assign({
      failure: null,
      position: ({ event }) => (event as unknown as { output: Resumed }).output.position,
    }),
    countGap: assign({ gaps: ({ context }) => context.gaps + 1 }),
    countPutAside: assign({ putAside: ({ context }) => context.putAside + 1 }),
  },
}).createMachine({
  id: 'relay',
  initial: 'Connecting',
  context: ({ input }) => ({ ...input, failure: null, gaps: 0, putAside: 0 }),
  on: {
    GAP: { actions: 'countGap' },
    PUT_ASIDE: { actions: 'countPutAside' },
    STOP: { target: '.Stopped' },
  },
  states: {
    Connecting: {
      invoke: {
        id: 'resume',
        src: 'resume',
        input: () => null,
        onDone: { target: 'Relaying', actions: 'notePosition' },
        onError: byKind,
      },
    },
    /** Kafka has what the journal has, or is getting it. */
    Relaying: { invoke: { id: 'forward', src: 'forward', onError: byKind } },
    /** Not there, hung, or in trouble of its own. */
    Away: { invoke: resumeAfter('away') },
    /** It does not take our name, password or certificate. */
    Refused: { invoke: resumeAfter('refused') },
    /** A topic is missing, or the clocks differ. */
    Stuck: { invoke: resumeAfter('stuck') },
    Stopped: { type: 'final' },
  },
});
