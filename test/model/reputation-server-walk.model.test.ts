import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventObject, SimulatedClock } from 'xstate';
import { reputationServerMachine } from '../../src/machines/reputation-server.ts';
import { failureTreatment, type ServerSnapshot, serverState } from '../../src/machines/server-state.ts';
import {
  passTime,
  type RuleEvent,
  type RuleSettings,
  type RuleState,
  reduce,
  start,
  treatmentOfFailure,
} from './rules.ts';
import { createSubject, type Subject, seen } from './subject.ts';

/** One thing that happens. Times are multiples of the clock's tick, so that machine and oracle see ends in one order. */
type Happening =
  | EventObject
  | { type: 'PASS_TIME'; ms: number }
  | { type: 'CONNECTED' | 'NOT_CONNECTED' | 'PROBE_PASSED' | 'PROBE_FAILED' };
const tickMs = 500;
const began = 1_700_000_000_000;

const settings = fc.record({
  threshold: fc.constantFrom(1, 2, 10),
  cacheMs: fc.constantFrom(2000, 300_000),
  connectMs: fc.constantFrom(1500, 3000),
  failOver: fc.boolean(),
  wasFailedOver: fc.boolean(),
});
const failures = ['QUERY_FAILED', 'VERSION_CHECK_FAILED'].map((type) => ({ type, kind: 'timeout' }));
const often = (happening: Happening, weight: number) => ({ arbitrary: fc.constant(happening), weight });
const happening = fc.oneof(
  often(failures[0] as EventObject, 12),
  often(failures[1] as EventObject, 3),
  often({ type: 'QUERY_ANSWERED' }, 2),
  often({ type: 'VERSION_CHECKED' }, 1),
  often({ type: 'MESSAGE_RECEIVED' }, 8),
  often({ type: 'CONNECTED' }, 4),
  often({ type: 'NOT_CONNECTED' }, 1),
  often({ type: 'PROBE_PASSED' }, 1),
  often({ type: 'PROBE_FAILED' }, 1),
  often({ type: 'THROTTLED', retryAfterMs: 4000 } as EventObject, 1),
  // Rare, for nothing follows it.
  { arbitrary: fc.constant({ type: 'OTHER_PATTERN', patternId: 'other' } as Happening), weight: 1 },
  {
    arbitrary: fc.constantFrom(500, 1000, 4500, 300_000).map((ms): Happening => ({ type: 'PASS_TIME', ms })),
    weight: 6,
  },
);

/** Machine and oracle side by side on one clock. */
function together(chosen: RuleSettings) {
  const clock = new SimulatedClock();
  const input = { server: 'sps.example.org:443', epoch: 1, ...chosen };
  const subject = createSubject(reputationServerMachine, input, clock);
  let rules = start(chosen);
  const ended = {
    CONNECTED: 'connect',
    NOT_CONNECTED: 'connect',
    PROBE_PASSED: 'probe',
    PROBE_FAILED: 'probe',
  } as const;

  async function happen(event: Happening): Promise<void> {
    if (event.type === 'PASS_TIME') {
      const { ms } = event as { ms: number };
      // Tick by tick: a timer that is armed when another one ends must start from there.
      for (let passed = 0; passed < ms; passed += tickMs) clock.increment(tickMs);
      rules = passTime(rules, ms);
    } else if (event.type in ended) {
      const actor = ended[event.type as keyof typeof ended];
      if (!subject.isPending(actor)) return;
      const good = event.type === 'CONNECTED' || event.type === 'PROBE_PASSED';
      await subject.settle(actor, good ? 'done' : 'error', { kind: 'refused' });
      rules = reduce(rules, event as { type: 'CONNECTED' });
    } else {
      const before = subject.snapshot() as ServerSnapshot;
      const at = began + clock.now();
      subject.send(Object.assign({ ...event }, { at }));
      if (event.type === 'QUERY_FAILED') {
        expect(failureTreatment(before, subject.snapshot() as ServerSnapshot)).toBe(treatmentOfFailure(rules));
      }
      rules = reduce(rules, Object.assign({ ...event }, { at }) as RuleEvent);
    }
    expect(ofMachine(subject)).toEqual(ofRules(rules));
  }
  return { subject, happen, clock, rules: () => rules };
}

function ofMachine(subject: Subject) {
  const snapshot = subject.snapshot() as ServerSnapshot;
  const { queryFailures, versionFailures } = snapshot.context;
  return {
    server: serverState(snapshot),
    counts: [queryFailures, versionFailures],
    attempt: subject.isPending('connect'),
    probing: subject.isPending('probe'),
  };
}
const ofRules = ({ server, queryFailures, versionFailures, attempt, probing }: RuleState) => ({
  ...{ server, counts: [queryFailures, versionFailures], attempt, probing },
});

describe('reputation server in random walks', () => {
  test('does what the rules say, step for step, in simulated time (D6, D9 to D16); its log folds to the same', async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(settings, fc.array(happening, { maxLength: 120, size: 'max' }), async (chosen, happenings) => {
        const walk = together(chosen);
        for (const each of happenings) await walk.happen(each);
        steps += happenings.length;
        expect(walk.subject.folded()).toEqual(seen(walk.subject.snapshot()));
        expect(walk.subject.problems).toEqual([]);
        walk.subject.stop();
      }),
      { numRuns: 250 },
    );
    expect(steps).toBeGreaterThan(5000);
  });

  test('D15: a server that stays unreachable costs at most threshold + 1 messages a 451', async () => {
    const dead = fc.oneof(
      often(failures[0] as EventObject, 8),
      often(failures[1] as EventObject, 1),
      often({ type: 'MESSAGE_RECEIVED' }, 3),
      often({ type: 'NOT_CONNECTED' }, 2),
      often({ type: 'PROBE_FAILED' }, 1),
      { arbitrary: fc.constantFrom(500, 5000, 300_000).map((ms): Happening => ({ type: 'PASS_TIME', ms })), weight: 2 },
    );
    let tripped = 0;
    await fc.assert(
      fc.asyncProperty(settings, fc.array(dead, { maxLength: 60, size: 'max' }), async (chosen, happenings) => {
        const walk = together(chosen);
        let deferred = 0;
        for (const each of happenings) {
          if (each.type === 'QUERY_FAILED' && treatmentOfFailure(walk.rules()) === 'deferred') deferred += 1;
          await walk.happen(each);
        }
        expect(deferred).toBeLessThanOrEqual(chosen.threshold + 1);
        if (deferred > chosen.threshold) tripped += 1;
        walk.subject.stop();
      }),
      { numRuns: 100 },
    );
    expect(tripped).toBeGreaterThan(10);
  });

  test('D14: connect attempts are at least 5 s apart unless the server tripped between; D12: 300 s are 300 s', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(happening, { maxLength: 80, size: 'max' }), async (chosen, happenings) => {
        const walk = together(chosen);
        let attempts = 0;
        let lastAttemptAt = Number.NEGATIVE_INFINITY;
        let invalidSince: number | undefined;
        for (const each of happenings) {
          await walk.happen(each);
          const now = walk.clock.now();
          const snapshot = walk.subject.snapshot() as ServerSnapshot;
          const trips = serverState(snapshot) === 'CachedInvalid' && invalidSince === undefined;
          if (trips) lastAttemptAt = Number.NEGATIVE_INFINITY;
          if ((walk.subject.started.get('connect')?.length ?? 0) > attempts) {
            expect(now - lastAttemptAt).toBeGreaterThanOrEqual(5000);
            attempts += 1;
            lastAttemptAt = now;
          }
          if (serverState(snapshot) !== 'CachedInvalid') invalidSince = undefined;
          else invalidSince ??= now;
          if (invalidSince !== undefined) expect(now - invalidSince).toBeLessThan(chosen.cacheMs);
        }
        walk.subject.stop();
      }),
      { numRuns: 100 },
    );
  });
});
