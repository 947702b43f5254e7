import { expect, test } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import { componentUpdaterMachine } from '../../src/machines/component-updater.ts';
import { replay, type TransitionData } from '../../src/machines/replay.ts';
import { reputationServerMachine } from '../../src/machines/reputation-server.ts';
import { serverInput } from './snapshots.ts';

const input = { component: 'filter', intervalMs: 900_000, retryMs: 60_000, checkMs: 60_000, staleMs: 3_600_000 };
const event = (data: Partial<TransitionData>) => ({ data }) as Envelope<TransitionData>;

test('the log of an updater, whose states all lead on by time, is folded to its end', () => {
  const log = [
    event({ input, trigger: { type: 'xstate.error.actor.check', error: { kind: 'refused', ageMs: 10 } } }),
    event({ trigger: { type: 'xstate.after.retry.updater.Failed' } }),
    event({ trigger: { type: 'xstate.done.actor.check', output: { outcome: 'installed', version: '7' } } }),
  ];
  const { value, context } = replay(componentUpdaterMachine, log);
  expect(value).toBe('Updated');
  expect(context).toMatchObject({ input, version: '7', failures: 0 });
});

test('a log without its first event is refused', () => {
  expect(() => replay(componentUpdaterMachine, [event({ trigger: { type: 'CHECK_NOW' } })])).toThrow(/does not begin/);
  expect(() => replay(componentUpdaterMachine, [])).toThrow('no events');
});

test('eventless steps are recomputed, not taken from the log', () => {
  const begun = event({ input: { ...serverInput }, trigger: { type: 'xstate.init' } });
  const failed = event({ trigger: { type: 'QUERY_FAILED', kind: 'timeout' } });
  expect(replay(reputationServerMachine, [begun, event({}), event({})]).value).toBe('Healthy');
  expect(replay(reputationServerMachine, [begun, failed, event({}), failed]).context.queryFailures).toBe(2);
});
