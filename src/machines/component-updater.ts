import { assign, fromPromise, setup } from 'xstate';

/**
 * Keeps one local component up to date: the query filter (checked every 15 minutes at the smart scan servers, each check
 * counted as a version check of its server) and the two patterns (once a day from the update source, D2).
 */

export interface ComponentUpdaterInput {
  component: 'filter' | 'agent' | 'conventional';
  /** From one check to the next. */
  intervalMs: number;
  /** From a failed check to the next. */
  retryMs: number;
  /** Bound of one check with its download. */
  checkMs: number;
  /** A component older than this is stale: an alert (smart-scan.md section 1). */
  staleMs: number;
}

export interface CheckOutcome {
  outcome: 'unchanged' | 'installed';
  version: string;
}

export interface ComponentUpdaterContext extends ComponentUpdaterInput {
  version: string | null;
}

export type ComponentUpdaterEvent = { type: 'CHECK_NOW' };

/** Error of the `check` actor: what was wrong, and how old the component in use is (very great when there is none; Infinity would not survive the log). */
export interface CheckFailure {
  kind: string;
  ageMs: number;
}

export const componentUpdaterMachine = setup({
  types: {
    context: {} as ComponentUpdaterContext,
    events: {} as ComponentUpdaterEvent,
    input: {} as ComponentUpdaterInput,
  },
  actors: {
    check: fromPromise<CheckOutcome, ComponentUpdaterInput['component']>(() =>
      Promise.reject(new Error('not provided')),
    ),
  },
  // Numbers even without input: xstate's pure functions first make an actor that has none, and to it a delay that is
  // undefined means "at once", so that a replay would go from check to check for ever.
  delays: {
    interval: ({ context }) => context.intervalMs ?? 0,
    retry: ({ context }) => context.retryMs ?? 0,
    checkTime: ({ context }) => context.checkMs ?? 0,
  },
  guards: {
    installed: ({ event }) => (event as unknown as { output: CheckOutcome }).output.outcome === 'installed',
    tooOld: ({ context, event }) =>
      ((event as unknown as { error?: Partial<CheckFailure> }).error?.ageMs ?? 0) > context.staleMs,
  },
  actions: {
    noteVersion: assign({ version: ({ event }) => (event as unknown as { output: CheckOutcome }).output.version }),
  },
}).createMachine({
  id: 'updater',
  initial: 'Checking',
  context: ({ input }) => ({ ...input, version: null }),
  states: {
    Checking: {
      invoke: {
        id: 'check',
        src: 'check',
        input: ({ context }) => context.component,
        onDone: [
          { guard: 'installed', target: 'Updated', actions: 'noteVersion' },
          { target: 'Current', actions: 'noteVersion' },
        ],
        onError: [{ guard: 'tooOld', target: 'Stale' }, { target: 'Failed' }],
      },
      after: { checkTime: { target: 'Failed' } },
    },
    /** The one in use is the newest. */
    Current: { on: { CHECK_NOW: { target: 'Checking' } }, after: { interval: { target: 'Checking' } } },
    /** A newer one was verified and is in use. */
    Updated: { on: { CHECK_NOW: { target: 'Checking' } }, after: { interval: { target: 'Checking' } } },
    /** The check failed; the one in use stays. */
    Failed: { on: { CHECK_NOW: { target: 'Checking' } }, after: { retry: { target: 'Checking' } } },
    /** The check failed and the one in use, if any, is too old: an alert. */
    Stale: { on: { CHECK_NOW: { target: 'Checking' } }, after: { retry: { target: 'Checking' } } },
  },
});
