import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { walkSettings, walks } from './gateway-commands.ts';
import { GatewayWalk, type WalkSettings } from './gateway-walk.ts';
import { SmtpFront } from './smtp-front.ts';

/** How long walks are made, and how one is repeated: see README.md. */
const { SEKISHO_MODEL_SECONDS = '15', SEKISHO_MODEL_SEED: seed, SEKISHO_MODEL_PATH: path } = process.env;
const replayPath = process.env.SEKISHO_MODEL_REPLAY;
const seconds = Number(SEKISHO_MODEL_SECONDS);
const shrinkMs = 40_000;

let front: SmtpFront;
beforeAll(async () => {
  front = await SmtpFront.start();
});
afterAll(() => front[Symbol.asyncDispose]());

/** Every state that a server can rest or wait in. */
const serverStates = [
  'Healthy',
  'Failing',
  'CachedInvalid.Unasked',
  'CachedInvalid.Connecting',
  'CachedInvalid.Reachable',
  'Throttled.Unasked',
  'Throttled.Connecting',
  'Throttled.Reachable',
  'FailedOver.Resting',
  'FailedOver.Probing',
  'FailedOver.Unrecovered',
  'LeftOut',
];

test(
  'every walk over the real SMTP port goes as smart-scan.md says (D1, D5 to D16)',
  async () => {
    const visited = new Set<string>();
    let steps = 0;
    const property = fc.asyncProperty(walkSettings, walks(60, replayPath), async (settings, commands) => {
      const walk = await GatewayWalk.begin(front, settings);
      try {
        await fc.asyncModelRun(() => ({ model: walk, real: walk }), commands);
        await walk.end();
      } finally {
        await walk.world.stop();
        steps += walk.steps;
        for (const state of walk.world.watch.visited) visited.add(state);
      }
    });
    const repeat = seed === undefined ? {} : { seed: Number(seed), ...(path === undefined ? {} : { path }) };
    const endMs = performance.now() + seconds * 1000;
    const isEverywhere = () => steps > 1000 && serverStates.every((state) => visited.has(state));
    const goesOn = (nowMs: number) => nowMs < endMs || (!isEverywhere() && nowMs < endMs + shrinkMs);
    // In small portions: a walk that fails has time of its own to shrink. A busy machine gets longer to come everywhere.
    do await fc.assert(property, { ...repeat, numRuns: 5, interruptAfterTimeLimit: shrinkMs });
    while (seed === undefined && goesOn(performance.now()));
    if (seed !== undefined) return;
    expect(steps).toBeGreaterThan(1000);
    expect([...visited]).toEqual(expect.arrayContaining(serverStates));
  },
  seconds * 1000 + 2 * shrinkMs,
);

describe('known walks, with the numbers of the text', () => {
  /** A walk step by step; at its end nothing may be left over. */
  const known = (changes: Partial<WalkSettings>, steps: (walk: GatewayWalk) => Promise<void>) => async () => {
    const walk = await GatewayWalk.begin(front, { servers: 1, threshold: 10, failOver: true, ...changes });
    try {
      await steps(walk);
      await walk.end();
    } finally {
      await walk.world.stop();
    }
  };
  let files = 0;
  const asked = (count: number) =>
    Array.from({ length: count }, () => [{ content: `known walk ${++files}`, inFilter: true }]);
  const same = (count: number) => {
    const content = `known walk, the same ${++files}`;
    return Array.from({ length: count }, () => [{ content, inFilter: true }]);
  };

  /** How many messages ended in which way. */
  function ends(walk: GatewayWalk): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const line of walk.world.seen().filter((each) => /^m\d/.test(each))) {
      const [, end = ''] = /: (\d+|waits)/.exec(line) ?? [];
      const name = line.includes('conventional') ? `${end} conventional` : end;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }
  const state = (walk: GatewayWalk) => walk.world.seen()[0];
  const queriesSoFar = (walk: GatewayWalk) => walk.world.queries;

  test(
    'the 11th failure in a row trips, no earlier one does; then no query for 300 s, though the server is back',
    known({}, async (walk) => {
      await walk.setMode([0], 'answers garbage');
      for (const message of asked(10)) await walk.send([message]);
      expect(state(walk)).toBe('sps1.test:443: Failing, failures 10 (10 + 0)');
      await walk.send(asked(1));
      expect(state(walk)).toBe('sps1.test:443: CachedInvalid, failures 11 (11 + 0)');
      await walk.setMode([0], 'up');
      const queries = queriesSoFar(walk);
      await walk.send(asked(20));
      await walk.wait(299_000);
      await walk.send(asked(20));
      expect(queriesSoFar(walk)).toBe(queries);
      expect(ends(walk)).toEqual({ '451': 51 });
      // D12: the entry is dropped, the count is kept; the next answer makes it Healthy.
      await walk.wait(1000);
      expect(state(walk)).toBe('sps1.test:443: Failing, failures 11 (11 + 0)');
      await walk.send(asked(1));
      expect(state(walk)).toBe('sps1.test:443: Healthy, failures 0 (0 + 0)');
      expect(ends(walk)).toEqual({ '250': 1, '451': 51 });
    }),
  );

  test.each(['refused', 'hangs'] as const)(
    'D15: of 60 sessions at once, %s, 11 messages get 451 in the whole outage',
    (mode) =>
      known({}, async (walk) => {
        await walk.setMode([0], mode);
        await walk.send(asked(60));
        await walk.wait(10_000);
        await walk.send(asked(20));
        await walk.wait(900_000);
        await walk.send(asked(20));
        expect(ends(walk)).toEqual({ '451': 11, '250 conventional': 89 });
      })(),
  );

  test(
    'D15, D1: of 60 sessions with the same file 11 get 451: one failure is one message, however many wait',
    known({}, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(same(60));
      expect(ends(walk)).toEqual({ '451': 11, '250 conventional': 49 });
    }),
  );

  test(
    'D1: the same file in 30 sessions at once is one query',
    known({}, async (walk) => {
      const queries = queriesSoFar(walk);
      await walk.send(same(30));
      expect(queriesSoFar(walk) - queries).toBe(1);
      expect(ends(walk)).toEqual({ '250': 30 });
    }),
  );

  test(
    'D9: a server whose queries are broken trips, although its filter can be fetched all the time',
    known({}, async (walk) => {
      await walk.setMode([0], 'answers garbage');
      for (const message of asked(11)) {
        await walk.send([message]);
        await walk.wait(46_000);
      }
      expect(state(walk)).toBe('sps1.test:443: CachedInvalid, failures 11 (11 + 0)');
    }),
  );

  test(
    'D16: a failed-over server comes back when version check and canary both succeed, and not before',
    known({ threshold: 1 }, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(asked(3));
      expect(state(walk)).toMatch('FailedOver');
      await walk.setMode([0], 'answers garbage');
      await walk.wait(301_000);
      expect(state(walk)).toMatch('FailedOver');
      await walk.setMode([0], 'misses the canary');
      await walk.wait(301_000);
      expect(state(walk)).toMatch('FailedOver');
      await walk.setMode([0], 'no filter');
      await walk.wait(301_000);
      expect(state(walk)).toMatch('FailedOver');
      await walk.send(asked(1));
      await walk.setMode([0], 'up');
      await walk.wait(301_000);
      expect(state(walk)).toBe('sps1.test:443: Healthy, failures 0 (0 + 0)');
      await walk.send(asked(1));
      expect(ends(walk)).toEqual({ '451': 2, '250 conventional': 2, '250': 1 });
    }),
  );

  test(
    'D12, D13, D15: the count is kept, so the first failure after the 300 s trips again; that message is scanned conventionally',
    known({}, async (walk) => {
      await walk.setMode([0], 'answers garbage');
      await walk.send(asked(11));
      expect(ends(walk)).toEqual({ '451': 11 });
      await walk.wait(300_000);
      await walk.send(asked(1));
      expect(state(walk)).toBe('sps1.test:443: FailedOver, failures 12 (12 + 0)');
      expect(ends(walk)).toEqual({ '451': 11, '250 conventional': 1 });
    }),
  );

  test(
    'with fail_over=no nothing switches: every message that needs a query gets 451, all others pass',
    known({ failOver: false }, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(asked(40));
      await walk.wait(600_000);
      await walk.send(asked(40));
      await walk.send(Array.from({ length: 5 }, () => [{ content: `clean ${++files}`, inFilter: false }]));
      expect(ends(walk)).toEqual({ '451': 80, '250': 5 });
      expect(walk.world.watch.visited).not.toContain('FailedOver.Resting');
    }),
  );

  test(
    'D10: a restart resets the counts; late answers of the old epoch do not count',
    known({}, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(asked(8));
      await walk.setMode([0], 'held');
      await walk.send(asked(5));
      await walk.restart(walk.settings);
      for (let late = 0; late < 5; late++) await walk.settle(0, 'status');
      expect(state(walk)).toBe('sps1.test:443: Healthy, failures 0 (0 + 0)');
      expect(ends(walk)).toEqual({ '451': 13 });
    }),
  );

  test(
    'D10: a failed-over server is probed before the first message after a restart',
    known({ threshold: 1 }, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(asked(3));
      await walk.setMode([0], 'held');
      await walk.restart(walk.settings);
      expect(walk.held().map(({ kind }) => kind)).toEqual(['filter']);
      await walk.setMode([0], 'up');
      expect(state(walk)).toBe('sps1.test:443: Healthy, failures 0 (0 + 0)');
    }),
  );

  test(
    'several servers: one that is down costs nothing, and conventional is the method when all are failed over (D11, D16)',
    known({ servers: 3, threshold: 2 }, async (walk) => {
      await walk.setMode([0], 'refused');
      await walk.send(asked(10));
      expect(ends(walk)).toEqual({ '250': 10 });
      await walk.setMode([1, 2], 'refused');
      await walk.send(asked(10));
      expect(ends(walk)).toEqual({ '250': 10, '451': 3, '250 conventional': 7 });
    }),
  );
});
