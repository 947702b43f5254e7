import { expect, test } from 'vitest';
import { fromPromise } from 'xstate';
import { startSessionActor } from '../../../src/actors/session/session-actor.ts';
import type { MessageScanInput } from '../../../src/machines/message-scan.ts';
import { sessionMachine } from '../../../src/machines/session.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

const client = { id: 'c1', address: '192.0.2.1', port: 25, helo: 'h', xforward: new Map<string, string>() };
const input = { guid: 'GUID' } as MessageScanInput;

function start(scan: () => Promise<unknown>, noteReply?: () => void) {
  const problems: string[] = [];
  const machine = sessionMachine.provide({
    actors: { scan: fromPromise(scan) as never },
    ...(noteReply ? { actions: { noteReply } } : {}),
  });
  const parts = {
    machine,
    clock: new SteppedClock(),
    inspect: () => {},
    onProblem: (what: string) => void problems.push(what),
  };
  return { actor: startSessionActor(parts, client), problems };
}

test('a session that fails says so, costs its message 451, and is started anew', async () => {
  let defect = true;
  const { actor, problems } = start(
    async () => ({ code: 250, text: 'ok' }),
    () => {
      if (defect) throw new Error('defect');
    },
  );
  expect((await actor.scan(input)).code).toBe(451);
  expect(problems).toEqual(['session c1 failed and is started anew']);
  defect = false;
  await actor.scan(input);
  expect(problems).toHaveLength(1);
});

test('a scan that fails is 451, without a restart', async () => {
  const { actor, problems } = start(() => Promise.reject(new Error('defect')));
  expect(await actor.scan(input)).toEqual({ code: 451, text: 'Email rejected for a scanning error.' });
  expect(problems).toEqual([]);
});

test('every scan of a session gets its own reply', async () => {
  let number = 0;
  const { actor } = start(async () => ({ code: 250, text: `${++number}` }));
  expect([(await actor.scan(input)).text, (await actor.scan(input)).text]).toEqual(['1', '2']);
});

test('a session that was closed answers 451 at once, also to a message that comes after', async () => {
  const { actor } = start(() => new Promise(() => {}));
  const scan = actor.scan(input);
  actor.close();
  expect((await scan).code).toBe(451);
  expect((await actor.scan(input)).code).toBe(451);
});
