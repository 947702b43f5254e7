import { assign, fromPromise, setup } from 'xstate';
import type { SearchMethodEvent } from './search-method.ts';

/**
 * One Smart Protection Server as smart-scan.md sections 3 to 5 describe it, or another reputation service, which is treated the same. One actor for each server and epoch (D10):
 * a restart starts a new one, so nothing here outlives it.
 */

/** What a server actor is started with. Times in milliseconds. */
export interface ReputationServerInput {
  /** `host:port`, or the name of a service. */
  server: string;
  /** Kind of a reputation service; absent: a Smart Protection Server. */
  service?: string;
  /** Of a service: messages are 451 without its answer. An advisory one has no say in the search method (D16). Absent: yes. */
  required?: boolean;
  epoch: number;
  /** Failures that are still tolerated: one more trips (`[smart_protection] cache_threshold_count`). */
  threshold: number;
  /** How long a tripped server is cached as invalid, and how often a failed-over one is probed. */
  cacheMs: number;
  /** Bound of the connect attempt (D13) and of a probe. */
  connectMs: number;
  /** The failover box: whether scanning may switch to conventional. */
  failOver: boolean;
  /** The epoch before ended failed over: probe before the first message (D10). */
  wasFailedOver: boolean;
}

export interface ReputationServerContext extends ReputationServerInput {
  /** D9: the two kinds are counted apart; shown and compared is the sum. */
  queryFailures: number;
  versionFailures: number;
  /** Times tripped since the server was last Healthy. */
  trips: number;
  /** Trips since the last answered query (D13). */
  unansweredTrips: number;
  /** When the last connect attempt began; one each 5 s (D14), and the first after a trip at once (D15). */
  attemptedAt: number;
  /** Times the server answered 401 or 403 in this epoch (D5). */
  credentialRefusals: number;
  /** How long the server asked to be left alone (D6). */
  throttleMs: number;
}

export type ReputationServerEvent =
  | { type: 'QUERY_ANSWERED'; scan?: string }
  | { type: 'QUERY_FAILED'; kind: string; scan?: string }
  | { type: 'THROTTLED'; retryAfterMs: number; scan?: string }
  | { type: 'VERSION_CHECKED' }
  | { type: 'VERSION_CHECK_FAILED'; kind: string }
  | { type: 'OTHER_PATTERN'; patternId: string }
  | { type: 'CREDENTIALS_REFUSED'; scan?: string }
  | { type: 'MESSAGE_RECEIVED'; at: number; scan?: string };

/** At most one connect attempt in this time, for each server (D14). */
export const attemptIntervalMs = 5000;

const builder = setup({
  types: {
    context: {} as ReputationServerContext,
    events: {} as ReputationServerEvent,
    input: {} as ReputationServerInput,
  },
  actors: {
    /** D13: TLS and an answer from the health resource. Rejects when the server is not reachable. */
    connect: fromPromise<void, { server: string }>(() => Promise.reject(new Error('not provided'))),
    /** D16: a version check and the canary query; of a service, a record that it is known to have. Rejects unless all succeed. */
    probe: fromPromise<void, { server: string }>(() => Promise.reject(new Error('not provided'))),
  },
  delays: {
    cacheTime: ({ context }) => context.cacheMs,
    connectTime: ({ context }) => context.connectMs,
    probeTime: ({ context }) => 2 * context.connectMs,
    throttleTime: ({ context }) => context.throttleMs,
  },
  guards: {
    wasFailedOver: ({ context }) => context.wasFailedOver && context.failOver,
    tripsNow: ({ context }) => context.queryFailures + context.versionFailures + 1 > context.threshold,
    onlyVersionFailures: ({ context }) => context.queryFailures === 0,
    anyVersionFailures: ({ context }) => context.versionFailures > 0,
    anyFailures: ({ context }) => context.queryFailures + context.versionFailures > 0,
    unansweredTrip: ({ context }) => context.unansweredTrips > 0,
    secondTrip: ({ context }) => context.failOver && context.unansweredTrips > 1,
    attemptDue: ({ context, event }) =>
      context.failOver && event.type === 'MESSAGE_RECEIVED' && event.at - context.attemptedAt >= attemptIntervalMs,
  },
  actions: {
    clear: assign({ queryFailures: 0, versionFailures: 0, trips: 0, unansweredTrips: 0 }),
    clearVersionFailures: assign({ versionFailures: 0 }),
    countQuery: assign({ queryFailures: ({ context }) => context.queryFailures + 1 }),
    countVersion: assign({ versionFailures: ({ context }) => context.versionFailures + 1 }),
    countTrip: assign({
      trips: ({ context }) => context.trips + 1,
      unansweredTrips: ({ context }) => context.unansweredTrips + 1,
      attemptedAt: 0,
    }),
    /** The search method depends on it (D16). */
    tellMethod: (_, _news: SearchMethodEvent['type']) => {},
    noteAnswer: assign({ unansweredTrips: 0 }),
    noteAttempt: assign({
      attemptedAt: ({ context, event }) => (event.type === 'MESSAGE_RECEIVED' ? event.at : context.attemptedAt),
    }),
    noteRefusal: assign({ credentialRefusals: ({ context }) => context.credentialRefusals + 1 }),
    noteThrottle: assign({
      throttleMs: ({ context, event }) => (event.type === 'THROTTLED' ? event.retryAfterMs : context.throttleMs),
    }),
  },
});

/** Healthy: queries are answered. */
const healthy = builder.createStateConfig({
  entry: ['clear', { type: 'tellMethod', params: 'SERVER_RECOVERED' }],
  on: {
    QUERY_FAILED: { target: 'Failing', actions: 'countQuery' },
    VERSION_CHECK_FAILED: { target: 'Failing', actions: 'countVersion' },
    THROTTLED: { target: 'Throttled', actions: 'noteThrottle' },
    OTHER_PATTERN: { target: 'LeftOut' },
  },
});

/** Failing: queries go on; each failure counts, an answered query clears all (D9). */
const failing = builder.createStateConfig({
  on: {
    QUERY_ANSWERED: { target: 'Healthy' },
    QUERY_FAILED: [
      { guard: 'tripsNow', target: 'CachedInvalid', actions: ['countQuery', 'countTrip'] },
      { target: 'Failing', reenter: true, actions: 'countQuery' },
    ],
    VERSION_CHECK_FAILED: [
      { guard: 'tripsNow', target: 'CachedInvalid', actions: ['countVersion', 'countTrip'] },
      { target: 'Failing', reenter: true, actions: 'countVersion' },
    ],
    VERSION_CHECKED: [
      { guard: 'onlyVersionFailures', target: 'Healthy' },
      { guard: 'anyVersionFailures', target: 'Failing', reenter: true, actions: 'clearVersionFailures' },
    ],
    THROTTLED: { target: 'Throttled', actions: 'noteThrottle' },
    OTHER_PATTERN: { target: 'LeftOut' },
  },
});

/** Inside an invalid server: a message that is received starts the connect attempt (D14), which moves no count. */
const attempt = { guard: 'attemptDue', target: 'Connecting', actions: 'noteAttempt' } as const;
const unasked = builder.createStateConfig({
  on: { MESSAGE_RECEIVED: [{ guard: 'secondTrip', target: '#server.FailedOver' }, attempt] },
});
const reachable = builder.createStateConfig({ on: { MESSAGE_RECEIVED: attempt } });
const connecting = builder.createStateConfig({
  invoke: {
    id: 'connect',
    src: 'connect',
    input: ({ context }) => ({ server: context.server }),
    onDone: { target: 'Reachable' },
    onError: { target: '#server.FailedOver' },
  },
  after: { connectTime: { target: '#server.FailedOver' } },
});

/** CachedInvalid: not queried for 300 s; then the entry is dropped and the count is kept (D12). */
const cachedInvalid = builder.createStateConfig({
  initial: 'Unasked',
  on: { QUERY_ANSWERED: { guard: 'unansweredTrip', actions: 'noteAnswer' } },
  after: { cacheTime: { target: 'Failing' } },
  states: { Unasked: unasked, Connecting: connecting, Reachable: reachable },
});

/** Throttled: the server asked to be left alone (429, D6); counts as invalid for the failover, moves no count. */
const throttled = builder.createStateConfig({
  initial: 'Unasked',
  on: { QUERY_ANSWERED: { guard: 'unansweredTrip', actions: 'noteAnswer' } },
  after: { throttleTime: [{ guard: 'anyFailures', target: 'Failing' }, { target: 'Healthy' }] },
  states: { Unasked: unasked, Connecting: connecting, Reachable: reachable },
});

/** FailedOver: neither queried nor tripped; probed every 300 s until version check and canary both succeed (D16). */
const failedOver = builder.createStateConfig({
  initial: 'Resting',
  entry: { type: 'tellMethod', params: 'SERVER_FAILED_OVER' },
  states: {
    Resting: { after: { cacheTime: { target: 'Probing' } } },
    Probing: {
      invoke: {
        id: 'probe',
        src: 'probe',
        input: ({ context }) => ({ server: context.server }),
        onDone: { target: '#server.Healthy' },
        onError: { target: 'Unrecovered' },
      },
      after: { probeTime: { target: 'Unrecovered' } },
    },
    Unrecovered: { after: { cacheTime: { target: 'Probing' } } },
  },
});

export const reputationServerMachine = builder.createMachine({
  id: 'server',
  initial: 'Starting',
  // D5: 401 and 403 are told apart from the failure that they are, too: waiting does not mend them.
  on: { CREDENTIALS_REFUSED: { actions: 'noteRefusal' } },
  context: ({ input }) => ({
    ...input,
    queryFailures: 0,
    credentialRefusals: 0,
    versionFailures: 0,
    trips: 0,
    unansweredTrips: 0,
    attemptedAt: 0,
    throttleMs: 0,
  }),
  states: {
    Starting: { always: [{ guard: 'wasFailedOver', target: 'FailedOver.Probing' }, { target: 'Healthy' }] },
    Healthy: healthy,
    Failing: failing,
    CachedInvalid: cachedInvalid,
    Throttled: throttled,
    FailedOver: failedOver,
    /** D11: serves another pattern than the list; left out until the next restart. */
    LeftOut: { entry: { type: 'tellMethod', params: 'SERVER_LEFT_OUT' } },
  },
});
