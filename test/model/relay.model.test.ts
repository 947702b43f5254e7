import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import { type RelayTrouble, relayMachine } from '../../src/machines/relay.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const input = { position: 7, crash: null };
const kinds: readonly RelayTrouble[] = ['away', 'refused', 'stuck'];
const states = { away: 'Away', refused: 'Refused', stuck: 'Stuck' };
const failures = (actor: string) =>
  kinds.map(
    (kind) => ({ type: `xstate.error.actor.${actor}`, error: { kind, message: `why: ${kind}` } }) as EventObject,
  );
const aside = {
  type: 'PUT_ASIDE',
  sequence: 8,
  reason: 'over-large',
  id: 'a.1',
  eventType: 't',
  aggregate: 's',
  bytes: 9,
};
const model = createModel(relayMachine, {
  input,
  cases: {
    GAP: [{ type: 'GAP', expected: 8, found: 10 } as EventObject],
    PUT_ASIDE: [aside],
    STOP: [{ type: 'STOP' }],
    'xstate.done.actor.resume': [{ type: 'xstate.done.actor.resume', output: { position: 9 } } as EventObject],
    'xstate.error.actor.resume': failures('resume'),
    'xstate.error.actor.forward': failures('forward'),
  },
  situation: () => null,
});

/** Kafka away is a warning, what somebody must mend is an error, the return is told; each says why (D8: mail does not care). */
function demands(): Watch {
  return {
    after(subject, event) {
      const { value, context } = subject.snapshot();
      const told = subject.log().at(-1);
      const { kind } = (event as { error?: { kind?: RelayTrouble } }).error ?? {};
      if (kind !== undefined) {
        expect(value).toBe(states[kind]);
        expect(told).toMatchObject({
          type: `sekisho.relay.${kind}.v1`,
          severitytext: kind === 'away' ? 'WARN' : 'ERROR',
        });
        expect(told?.data.failure).toEqual({ message: `why: ${kind}`, remedy: null });
      }
      if (event.type === 'GAP' || event.type === 'PUT_ASIDE') {
        expect(told).toMatchObject({ severitytext: 'ERROR', data: { trigger: event } });
      }
      if (value === 'Relaying') expect(context).toMatchObject({ failure: null, position: 9 });
      if (event.type === 'xstate.done.actor.resume') expect(told?.severitytext).toBe('INFO');
      const works = { Relaying: 'forward', Stopped: undefined }[String(value)] ?? 'resume';
      for (const effect of ['resume', 'forward'])
        expect(subject.isPending(effect)).toBe(value !== 'Stopped' && effect === works);
    },
  };
}

describe('relay', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(relayMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    expect(paths.length).toBeGreaterThan(5);
    await walkPaths(model, paths, demands, false);
  });

  test('waits in trouble are told what the trouble is, the first attempt that there is none', async () => {
    const subject = createSubject(relayMachine, input);
    for (const kind of kinds) await subject.settle('resume', 'error', { kind, message: '' });
    expect(subject.started.get('resume')).toEqual([null, ...kinds]);
    subject.stop();
  });

  test('an error that is none of Kafka ends the actor', async () => {
    const subject = createSubject(relayMachine, input);
    await subject.settle('resume', 'error', new TypeError('a defect'));
    expect(subject.snapshot().status).toBe('error');
  });

  test('a relay that follows a broken one warns of it', async () => {
    const subject = createSubject(relayMachine, { position: 7, crash: 'out of memory' });
    await subject.settle('resume', 'done', { position: 7 });
    expect(subject.log()[0]).toMatchObject({ severitytext: 'WARN', data: { input: { crash: 'out of memory' } } });
    subject.stop();
  });
});
