import { assign, fromPromise, setup } from 'xstate';
import type { ComponentName } from '../events/command.ts';
import { backedOff, isMissed, type Moment, type Plan, planned, type UpdateTiming } from './update-schedule.ts';

/**
 * Keeps one local component up to date: the query filter (checked every 15 minutes at the smart scan servers, each check
 * counted as a version check of its server) and the two patterns (on their schedule, from the update source, D2).
 */

export interface ComponentUpdaterInput extends UpdateTiming {
  component: ComponentName;
  /** The version that was loaded, and one that is refused as it was rolled back; null: none. */
  version: string | null;
  heldBack: string | null;
  facts: ComponentFacts;
  /** When a source last said that it is the newest, and when the updater starts; ms since 1970. */
  confirmedMs: number;
  atMs: number;
  /** In [0, 1). */
  random: number;
  /** Bound of one check with its download. */
  checkMs: number;
  /** A component older than this is stale: an alert (smart-scan.md section 1). */
  staleMs: number;
}

/** Of gateways before 0.5.0. */
export interface ComponentUpdaterInputBefore {
  component: ComponentName;
  intervalMs: number;
  retryMs: number;
  checkMs: number;
  staleMs: number;
}

/** What the component in use is, as far as it says so. */
export interface ComponentFacts {
  /** Id of the smart scan pattern that it belongs to. */
  patternId?: string;
  /** Signatures of a pattern. */
  signatures?: number;
}

export interface CheckOutcome extends Partial<Moment>, ComponentFacts {
  /** `held-back`: there is a newer one, which was rolled back here. */
  outcome: 'unchanged' | 'installed' | 'held-back';
  version: string;
  /** The version that is refused since it was rolled back; null: none. */
  heldBack?: string | null;
}

export interface RollbackOutcome extends Moment, ComponentFacts {
  from: string;
  to: string;
}

export interface ComponentUpdaterContext extends Omit<ComponentUpdaterInput, 'confirmedMs' | 'atMs'> {
  /** As it was given. */
  input: ComponentUpdaterInput | ComponentUpdaterInputBefore;
  /** Checks that have failed in a row. */
  failures: number;
  /** Until the next check by itself; null: none. */
  plan: Plan | null;
  /** When the check that now runs was due by the clock on the wall. */
  dueMs: number | null;
  /** A start at which nothing is due. */
  rests: boolean;
}

export type ComponentUpdaterEvent =
  /** By hand, or pushed. */
  | { type: 'CHECK_NOW' }
  | { type: 'ROLL_BACK' }
  /** Somebody has set the clock. */
  | ({ type: 'CLOCK_SET' } & Moment);

/** Error of the `check` actor: what was wrong, and how old the component in use is (very great when there is none; Infinity would not survive the log). */
export interface CheckFailure extends Partial<Moment> {
  kind: string;
  ageMs: number;
}

/** Timers hold no more; a check that is further away comes at this time. */
const timerMsMax = 2 ** 31 - 1;
/** Timers may go this much ahead of the clock on the wall: a check that is due by it must not come twice. */
const aheadMsMax = 3_600_000;

/** xstate's pure functions first make an actor without input: then a delay that is undefined would mean "at once". */
function firstContext(given: ComponentUpdaterInput | ComponentUpdaterInputBefore | undefined): ComponentUpdaterContext {
  const none = { failures: 0, plan: null, dueMs: null, rests: false };
  if (given === undefined || !('atMs' in given)) {
    const { intervalMs = 0, retryMs = 0, ...rest } = given ?? ({} as Partial<ComponentUpdaterInputBefore>);
    const timing: UpdateTiming = {
      schedule: { kind: 'every', ms: intervalMs },
      ...{ timeZone: 'UTC', jitterMsMax: 0, retryMs, retryMsMax: retryMs },
    };
    const before = given as ComponentUpdaterInputBefore;
    const nothing = { version: null, heldBack: null, facts: {}, random: 0 };
    return { ...(rest as ComponentUpdaterInputBefore), ...timing, ...nothing, ...none, input: before };
  }
  const { confirmedMs, atMs, ...input } = given;
  // What is not there is looked for at once, whatever is selected: without it, mail would wait (D3).
  const rests = input.version !== null && !isMissed(input, confirmedMs, atMs);
  const plan = planned(input, { atMs, random: input.random, minWaitMs: 0 });
  return { ...input, ...none, rests, plan, input: given };
}

const outputOf = <Output>(event: unknown) => (event as { output: Output }).output;
const failureOf = (event: unknown) => (event as { error?: Partial<CheckFailure> }).error ?? {};

/** What an event says of time and chance, and what was known before where it does not. */
function momentOf(said: Partial<Moment>, { random, dueMs }: ComponentUpdaterContext): Moment {
  const { atMs = 0, minWaitMs = 0 } = said;
  const isAhead = dueMs !== null && dueMs > atMs && dueMs - atMs < aheadMsMax;
  return { atMs: isAhead ? dueMs : atMs, random: said.random ?? random, minWaitMs };
}

function afterSuccess(context: ComponentUpdaterContext, said: Partial<Moment>) {
  const moment = momentOf(said, context);
  return { failures: 0, random: moment.random, dueMs: null, plan: planned(context, moment) };
}

function afterFailure(context: ComponentUpdaterContext, said: Partial<Moment>) {
  const failures = context.failures + 1;
  const moment = momentOf(said, context);
  const isLookedFor = context.schedule !== null || context.version === null;
  return {
    ...{ failures, random: moment.random, dueMs: null },
    plan: isLookedFor ? backedOff(context, failures, moment) : null,
  };
}

function factsOf({ patternId, signatures }: ComponentFacts): ComponentFacts {
  return { ...(patternId !== undefined && { patternId }), ...(signatures !== undefined && { signatures }) };
}

const orders = { CHECK_NOW: { target: 'Checking' }, ROLL_BACK: { target: 'RollingBack' } } as const;
/** Where the next check comes by the schedule. */
const byPlan = {
  on: { ...orders, CLOCK_SET: { guard: 'byTheClock', target: 'Waiting', reenter: true, actions: 'planAnew' } },
  after: { interval: { guard: 'isPlanned', target: 'Checking', actions: 'noteDue' } },
} as const;
/** Where it comes the sooner the fewer have failed. */
const byBackOff = {
  on: orders,
  after: { retry: { guard: 'isPlanned', target: 'Checking', actions: 'noteDue' } },
} as const;

export const componentUpdaterMachine = setup({
  types: {
    context: {} as ComponentUpdaterContext,
    events: {} as ComponentUpdaterEvent,
    input: {} as ComponentUpdaterInput,
  },
  actors: {
    check: fromPromise<CheckOutcome, ComponentName>(() => Promise.reject(new Error('not provided'))),
    rollBack: fromPromise<RollbackOutcome, ComponentName>(() => Promise.reject(new Error('not provided'))),
  },
  delays: {
    interval: ({ context }) => Math.min(context.plan?.waitMs ?? timerMsMax, timerMsMax),
    retry: ({ context }) => Math.min(context.plan?.waitMs ?? timerMsMax, timerMsMax),
    checkTime: ({ context }) => context.checkMs ?? 0,
  },
  guards: {
    rests: ({ context }) => context.rests,
    isPlanned: ({ context }) => context.plan !== null,
    byTheClock: ({ context }) => context.plan?.dueMs != null,
    installed: ({ event }) => outputOf<CheckOutcome>(event).outcome === 'installed',
    newest: ({ event }) => outputOf<CheckOutcome>(event).outcome === 'unchanged',
    tooOld: ({ context, event }) => (failureOf(event).ageMs ?? 0) > context.staleMs,
  },
  actions: {
    noteOutcome: assign(({ context, event }) => {
      const output = outputOf<CheckOutcome>(event);
      const { version, heldBack = null } = output;
      return { ...afterSuccess(context, output), version, heldBack, facts: factsOf(output) };
    }),
    noteFailure: assign(({ context, event }) => afterFailure(context, failureOf(event))),
    noteRollback: assign(({ context, event }) => {
      const output = outputOf<RollbackOutcome>(event);
      return { ...afterSuccess(context, output), version: output.to, heldBack: output.from, facts: factsOf(output) };
    }),
    noteNoRollback: assign(({ context, event }) => {
      const said = failureOf(event);
      const moment = momentOf(said, context);
      // Nobody knows the time after one that did not end.
      return { plan: said.atMs === undefined ? backedOff(context, 1, moment) : planned(context, moment) };
    }),
    noteDue: assign({ dueMs: ({ context }) => context.plan?.dueMs ?? null }),
    noteRest: assign({ rests: false }),
    planAnew: assign(({ context, event }) => {
      const moment = event as unknown as Moment;
      const dueMs = context.plan?.dueMs ?? Number.POSITIVE_INFINITY;
      return { plan: dueMs <= moment.atMs ? { waitMs: 0, dueMs } : planned(context, moment) };
    }),
  },
}).createMachine({
  id: 'updater',
  initial: 'Checking',
  context: ({ input }) => firstContext(input),
  states: {
    Checking: {
      always: { guard: 'rests', target: 'Waiting', actions: 'noteRest' },
      invoke: {
        id: 'check',
        src: 'check',
        input: ({ context }) => context.component,
        onDone: [
          { guard: 'installed', target: 'Updated', actions: 'noteOutcome' },
          { guard: 'newest', target: 'Current', actions: 'noteOutcome' },
          { target: 'RolledBack', actions: 'noteOutcome' },
        ],
        onError: [
          { guard: 'tooOld', target: 'Stale', actions: 'noteFailure' },
          { target: 'Failed', actions: 'noteFailure' },
        ],
      },
      after: { checkTime: { target: 'Failed', actions: 'noteFailure' } },
    },
    /** The one that was loaded is in use, or the clock was set; the next check comes by the schedule. */
    Waiting: byPlan,
    /** The one in use is the newest. */
    Current: byPlan,
    /** A newer one was verified and is in use. */
    Updated: byPlan,
    /** The check failed; the one in use stays. */
    Failed: byBackOff,
    /** The check failed and the one in use, if any, is too old: an alert. */
    Stale: byBackOff,
    RollingBack: {
      invoke: {
        id: 'rollBack',
        src: 'rollBack',
        input: ({ context }) => context.component,
        onDone: { target: 'RolledBack', actions: 'noteRollback' },
        onError: { target: 'NotRolledBack', actions: 'noteNoRollback' },
      },
      after: { checkTime: { target: 'NotRolledBack', actions: 'noteNoRollback' } },
    },
    /** An older one is in use by order, and the one that was in use is refused until there is a newer one. */
    RolledBack: byPlan,
    /** There was none to roll back to, or it could not be loaded; the one in use stays. */
    NotRolledBack: byPlan,
  },
});
