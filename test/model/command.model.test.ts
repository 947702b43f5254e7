import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import { type CommandInput, commandMachine } from '../../src/machines/command.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const hour = 3_600_000;
const givenMs = Date.UTC(2026, 10, 24);
const input: CommandInput = {
  command: 'c1',
  gateway: 'mx1',
  order: { kind: 'deploy-component', component: 'agent', version: null },
  problem: null,
  givenBy: '/test',
  givenMs,
  receivedMs: givenMs + 1000,
  validMs: hour,
  interrupted: false,
};
const result = { epoch: 3, version: '7' };
const model = (changes: Partial<CommandInput>) =>
  createModel(commandMachine, {
    input: { ...input, ...changes },
    cases: {
      STOP: [{ type: 'STOP' }],
      'xstate.done.actor.run': [{ type: 'xstate.done.actor.run', output: result } as EventObject],
      'xstate.error.actor.run': [{ type: 'xstate.error.actor.run', error: { message: 'no room' } } as EventObject],
    },
    situation: () => null,
  });

/** Each end is told once, with why; nothing happens after it, and what is refused was never begun. */
function demands(): Watch {
  return {
    after(subject) {
      const { value, status, context } = subject.snapshot();
      const log = subject.log();
      expect(log.map(({ type }) => type)).toEqual(
        value === 'Running'
          ? ['sekisho.command.running.v1']
          : ['sekisho.command.running.v1', `sekisho.command.${String(value).toLowerCase()}.v1`],
      );
      for (const event of log) expect(event).toMatchObject({ subject: 'command/c1/mx1', correlationid: 'c1' });
      expect(status).toBe(value === 'Running' ? 'active' : 'done');
      expect(subject.isPending('run')).toBe(value === 'Running');
      expect(subject.started.get('run')).toEqual([{ ...input, reason: null, failure: null, result: null }]);
      expect(context.result).toEqual(value === 'Done' ? result : null);
      if (value === 'Failed') expect(context.reason).toMatch(/no room|gateway ended|within 600 s/);
      expect(log.at(-1)?.severitytext).toBe(value === 'Failed' ? 'ERROR' : 'INFO');
    },
  };
}

const first = (changes: Partial<CommandInput>) => {
  const subject = createSubject(commandMachine, { ...input, ...changes });
  const [event] = subject.log();
  const began = subject.started.has('run');
  subject.stop();
  return { began, type: event?.type, severity: event?.severitytext, reason: event?.data.reason };
};

describe('command', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const taken = new Set<string>();
    const refusals: Partial<CommandInput>[] = [
      { interrupted: true },
      { order: null, problem: 'no JSON' },
      { receivedMs: givenMs + hour + 1 },
      { givenMs: givenMs + hour },
    ];
    for (const changes of [{}, ...refusals]) {
      const own = model(changes);
      const paths = [...edgePaths(own), ...simplePaths(own)];
      expect(paths.length).toBeGreaterThan(0);
      const { transitions } = await walkPaths(own, paths, Object.keys(changes).length === 0 ? demands : undefined);
      for (const each of transitions) taken.add(each);
    }
    expect([...taken].sort()).toEqual(allTransitions(commandMachine));
  });

  test('what is not understood, or not in its time, is refused with the reason and nothing is done', () => {
    const refused = { began: false, type: 'sekisho.command.refused.v1', severity: 'WARN' };
    expect(first({ order: null, problem: 'it is no JSON' })).toEqual({ ...refused, reason: 'it is no JSON' });
    expect(first({ receivedMs: givenMs + hour + 1 })).toEqual({ ...refused, reason: 'it expired 1 s ago' });
    expect(first({ receivedMs: givenMs - 301_000 })).toMatchObject({
      ...refused,
      reason: expect.stringContaining('301 s in the future'),
    });
  });

  test('at the edges of its time it is done', () => {
    for (const receivedMs of [givenMs + hour, givenMs - 300_000]) expect(first({ receivedMs }).began).toBe(true);
  });

  test('one that was interrupted is told and not begun again, even when its time is over', () => {
    expect(first({ interrupted: true, receivedMs: givenMs + 9 * hour })).toMatchObject({
      began: false,
      type: 'sekisho.command.failed.v1',
      reason: expect.stringContaining('the gateway ended'),
    });
  });
});
