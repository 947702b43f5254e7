import * as fc from 'fast-check';
import type { GatewayWalk, WalkSettings } from './gateway-walk.ts';
import type { WalkFile } from './gateway-world.ts';
import { type ServerMode, serverModes } from './server-modes.ts';

/** fast-check keeps a model and a real system apart; a walk is both, and compares them itself. */
type Command = fc.AsyncCommand<GatewayWalk, GatewayWalk, true>;

/** A message by its files: `clean`, `agent` (agent pattern), or hashes to ask about: shared ones (a, b) or its own. */
type Kind = 'clean' | 'agent' | 'own' | 'own-bad' | 'a' | 'b' | 'a+b' | 'a+own';
const kinds: Kind[] = ['clean', 'agent', 'own', 'own-bad', 'a', 'b', 'a+b', 'a+own'];

let files = 0;
function fileOf(word: string): WalkFile {
  if (word === 'clean') return { content: `clean ${++files}`, inFilter: false };
  if (word === 'agent') return { content: `AGENT CONVENTIONAL ${++files}`, inFilter: true };
  if (word === 'own') return { content: `own ${++files}`, inFilter: true };
  if (word === 'own-bad') return { content: `CONVENTIONAL ${++files}`, inFilter: true };
  return { content: `shared ${word}`, inFilter: true };
}

/** A step of the walk with the words that a counterexample shows. */
function step(
  words: string,
  run: (walk: GatewayWalk) => Promise<void>,
  check: (walk: GatewayWalk) => boolean = () => true,
): Command {
  return {
    check: async (walk) => check(walk as GatewayWalk),
    run: async (walk) => {
      // Everything that is set off here is set off at a moment of its own.
      await walk.wait(1);
      await run(walk);
    },
    toString: () => words,
  };
}

const send = fc
  .array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 5 })
  .map((list) => step(`send ${list.join(', ')}`, (walk) => walk.send(list.map((kind) => kind.split('+').map(fileOf)))));

const burst = fc
  .tuple(fc.integer({ min: 6, max: 24 }), fc.constantFrom<Kind>('own', 'a', 'own-bad'))
  .map(([count, kind]) =>
    step(`send ${count} at once: ${kind}`, (walk) => walk.send(Array.from({ length: count }, () => [fileOf(kind)]))),
  );

const mode = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom(...(Object.keys(serverModes) as ServerMode[])))
  .map(([server, name]) =>
    step(`server ${server + 1} ${name}`, (walk) => walk.setMode([server % walk.modes.length], name)),
  );

const modeOfAll = fc
  .constantFrom<ServerMode>('up', 'up', 'refused', 'refused', 'hangs', 'queries hang', 'held')
  .map((name) => step(`all servers: ${name}`, (walk) => walk.setMode([...walk.modes.keys()], name)));

const settle = fc
  .tuple(fc.nat(20), fc.constantFrom('ok', 'ok', 'timeout', 'status', 'throttled', 'other-pattern', 'message'))
  .map(([which, outcome]) =>
    step(
      `held request ${which} ends: ${outcome}`,
      (walk) => walk.settle(which, outcome),
      (walk) => walk.held().length > 0,
    ),
  );

const wait = fc
  .constantFrom(1000, 3000, 5000, 5000, 30_000, 46_000, 299_000, 300_000, 300_000)
  .map((ms) => step(`wait ${ms / 1000} s`, (walk) => walk.wait(ms)));

const leave = fc.nat(20).map((which) =>
  step(
    `client ${which} leaves`,
    (walk) => walk.leave(walk.waiting()[which % walk.waiting().length] ?? ''),
    (walk) => walk.waiting().length > 0,
  ),
);

const restart = fc
  .tuple(fc.constantFrom(true, true, true, false), fc.constantFrom(1, 2, 10))
  .map(([failOver, threshold]) =>
    step(`restart with fail_over=${failOver ? 'yes' : 'no'}, threshold ${threshold}`, (walk) =>
      walk.restart({ ...walk.settings, failOver, threshold }),
    ),
  );

const journal = fc
  .constantFrom<'open' | 'full'>('full', 'open', 'open', 'open')
  .map((state) => step(`journal ${state}`, (walk) => walk.setJournal(state)));

/** What a walk begins with. */
export const walkSettings: fc.Arbitrary<WalkSettings> = fc.record({
  servers: fc.integer({ min: 1, max: 3 }),
  threshold: fc.constantFrom(1, 2, 3, 10),
  failOver: fc.constantFrom(true, true, true, false),
});

/**
 * Walks of up to so many steps. Likelier steps are listed more often.
 * @param replayPath of a counterexample, to repeat it
 */
export function walks(maxCommands: number, replayPath: string | undefined) {
  const all = [
    send,
    send,
    send,
    burst,
    burst,
    mode,
    mode,
    modeOfAll,
    modeOfAll,
    settle,
    settle,
    settle,
    wait,
    wait,
    wait,
  ];
  return fc.commands<GatewayWalk, GatewayWalk, true>([...all, leave, restart, journal], {
    ...(replayPath === undefined ? {} : { replayPath }),
    maxCommands,
    size: 'max',
  });
}
