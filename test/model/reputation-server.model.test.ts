import { describe, expect, test } from 'vitest';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import { type ReputationServerContext, reputationServerMachine } from '../../src/machines/reputation-server.ts';
import { failureTreatment, type ServerSnapshot, serverState } from '../../src/machines/server-state.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { type RuleEvent, type RuleState, reduce, start, type Timer, treatmentOfFailure } from './rules.ts';

const input = {
  server: 'sps.example.org:443',
  epoch: 1,
  threshold: 2,
  cacheMs: 300_000,
  connectMs: 3000,
  failOver: true,
  wasFailedOver: false,
};
const done = (actor: string): EventObject[] => [{ type: `xstate.done.actor.${actor}` }];
const error = (actor: string): EventObject[] => [
  { type: `xstate.error.actor.${actor}`, error: { kind: 'refused' } } as EventObject,
];
/** D14: the time of a message counts from the last attempt. */
function messageLater(event: EventObject & { later?: number }, { context }: AnyMachineSnapshot): EventObject {
  if (event.later === undefined) return event;
  return Object.assign({ ...event }, { at: (context.attemptedAt || 1_700_000_000_000) + event.later });
}
const cases = {
  QUERY_ANSWERED: [{ type: 'QUERY_ANSWERED' }],
  QUERY_FAILED: [{ type: 'QUERY_FAILED', kind: 'timeout' }],
  THROTTLED: [{ type: 'THROTTLED', retryAfterMs: 30_000 }],
  VERSION_CHECKED: [{ type: 'VERSION_CHECKED' }],
  VERSION_CHECK_FAILED: [{ type: 'VERSION_CHECK_FAILED', kind: 'timeout' }],
  OTHER_PATTERN: [{ type: 'OTHER_PATTERN', patternId: 'other' }],
  CREDENTIALS_REFUSED: [{ type: 'CREDENTIALS_REFUSED' }],
  // Just before and just when the next attempt is due; before the first it is always due.
  MESSAGE_RECEIVED: (snapshot: AnyMachineSnapshot) =>
    (snapshot.context.attemptedAt === 0 ? [5000] : [4999, 5000]).map((later) =>
      messageLater({ type: 'MESSAGE_RECEIVED', later }, snapshot),
    ),
  'xstate.done.actor.connect': done('connect'),
  'xstate.error.actor.connect': error('connect'),
  'xstate.done.actor.probe': done('probe'),
  'xstate.error.actor.probe': error('probe'),
};

/** As far as the rules can tell situations apart: counts up to the trip, the second trip, an answer since. */
function situation({ context }: { context: ReputationServerContext }) {
  const { queryFailures, versionFailures, trips, unansweredTrips } = context;
  const upTo = (count: number, max: number) => Math.min(count, max);
  return [upTo(queryFailures, 3), upTo(versionFailures, 3), upTo(trips, 2), upTo(unansweredTrips, 2)];
}

const asRule: Record<string, RuleEvent> = {
  'xstate.done.actor.connect': { type: 'CONNECTED' },
  'xstate.error.actor.connect': { type: 'NOT_CONNECTED' },
  'xstate.done.actor.probe': { type: 'PROBE_PASSED' },
  'xstate.error.actor.probe': { type: 'PROBE_FAILED' },
};
function ruleEvent(event: EventObject): RuleEvent {
  const [, timer] = /^xstate\.after\.(\w+)\./.exec(event.type) ?? [];
  if (timer) return { type: 'TIME_OVER', timer: timer as Timer };
  return asRule[event.type] ?? (event as RuleEvent);
}

/** Compares with the oracle after each step. */
function oracle(settings: typeof input): () => Watch {
  return () => {
    let rules: RuleState = start(settings);
    let before: ServerSnapshot;
    return {
      before(subject) {
        before = subject.snapshot() as ServerSnapshot;
      },
      after(subject, event) {
        const after = subject.snapshot() as ServerSnapshot;
        if (event.type === 'QUERY_FAILED') expect(failureTreatment(before, after)).toBe(treatmentOfFailure(rules));
        rules = reduce(rules, ruleEvent(event));
        expect(ofMachine(after)).toEqual(ofRules(rules));
      },
    };
  };
}
const ofRules = ({ server, queryFailures, versionFailures, attempt, probing }: RuleState) => ({
  ...{ server, queryFailures, versionFailures, attempt, probing },
});
function ofMachine(snapshot: ServerSnapshot) {
  const { queryFailures, versionFailures } = snapshot.context;
  const leaf = Object.values(snapshot.value)[0];
  const [attempt, probing] = [leaf === 'Connecting', leaf === 'Probing'];
  return { server: serverState(snapshot), queryFailures, versionFailures, attempt, probing };
}

const model = (settings: typeof input, left: Partial<typeof cases> = {}) =>
  createModel(reputationServerMachine, {
    input: settings,
    cases: { ...cases, ...left },
    concrete: messageLater,
    situation,
  });
const none: [] = [];

describe('reputation server, threshold 2, against the oracle (D6, D9, D11 to D16)', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const taken = new Set<string>();
    // Those that begin failed over are the same once they are Healthy: their first steps will do.
    for (const [settings, stepsMax] of [
      [input, 99],
      [{ ...input, wasFailedOver: true }, 5],
      [{ ...input, failOver: false, wasFailedOver: true }, 6],
    ] as const) {
      const walk = model(settings);
      const paths = edgePaths(walk).filter(({ steps }) => steps.length <= stepsMax);
      const { transitions } = await walkPaths(walk, paths, oracle(settings), false);
      for (const id of transitions) taken.add(id);
      if (!settings.failOver) expect([...transitions].filter((id) => id.includes('FailedOver'))).toEqual([]);
    }
    expect([...taken].sort()).toEqual(allTransitions(reputationServerMachine));
  });

  test.each([
    ['failures, trips, attempts and probes', { VERSION_CHECKED: none, VERSION_CHECK_FAILED: none, THROTTLED: none }],
    ['both kinds of failures', { QUERY_ANSWERED: none, MESSAGE_RECEIVED: none, THROTTLED: none }],
    ['failures and throttling', { VERSION_CHECKED: none, VERSION_CHECK_FAILED: none, QUERY_ANSWERED: none }],
  ])('all simple paths: %s', async (_family, left) => {
    const walk = model(input, { ...left, OTHER_PATTERN: none } as Partial<typeof cases>);
    const paths = simplePaths(walk);
    const { steps } = await walkPaths(walk, paths, oracle(input), false);
    expect(steps).toBeGreaterThan(300);
  });
});
