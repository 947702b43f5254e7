import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { walkSettings, walks } from './gateway-commands.ts';
import { GatewayWalk } from './gateway-walk.ts';
import { SmtpFront } from './smtp-front.ts';

/** How long walks are made; see README.md. */
const seconds = Number(process.env.SEKISHO_MODEL_SECONDS ?? 15);
const shrinkMs = 40_000;
const seed = process.env.SEKISHO_MODEL_SEED === undefined ? {} : { seed: Number(process.env.SEKISHO_MODEL_SEED) };

let front: SmtpFront;
beforeAll(async () => {
  front = await SmtpFront.start();
});
afterAll(() => front[Symbol.asyncDispose]());

test(
  'every walk over the real SMTP port goes as smart-scan.md says (D1, D5 to D16)',
  async () => {
    const visited = new Set<string>();
    let steps = 0;
    const property = fc.asyncProperty(walkSettings, walks(60), async (settings, commands) => {
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
    const end = performance.now() + seconds * 1000;
    // In small portions: a walk that fails has time of its own to shrink.
    do await fc.assert(property, { ...seed, numRuns: 5, interruptAfterTimeLimit: shrinkMs, endOnFailure: false });
    while (performance.now() < end);
    console.info(`${steps} comparisons`, visited);
    expect(steps).toBeGreaterThan(100 * seconds);
  },
  (seconds + 60) * 1000,
);
