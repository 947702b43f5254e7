import { describe, expect, test } from 'vitest';
import { createActor, setup } from 'xstate';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { createSupervisorMachine, restartsMax } from '../../src/machines/supervisor.ts';

function supervised() {
  const inputs: unknown[] = [];
  const child = setup({
    types: { events: {} as { type: 'CRASH' } },
    actions: {
      begin: (_args, params: { input: unknown }) => inputs.push(params.input),
      crash: () => {
        throw new Error('a defect');
      },
    },
  }).createMachine({
    id: 'child',
    context: ({ input }) => ({ input }),
    entry: { type: 'begin', params: ({ context }) => ({ input: context.input }) },
    on: { CRASH: { actions: 'crash' } },
  });
  const events: Envelope[] = [];
  const inspect = createTransitionRecorder({
    ...{ source: '/test', idPrefix: 't', now: () => 0, onProblem: (problem) => expect.unreachable(String(problem)) },
    record: (_lane, event) => events.push(event),
  });
  const actor = createActor(createSupervisorMachine({ child }), { inspect }).start();
  for (const id of ['one', 'two']) actor.send({ type: 'START_CHILD', child: { id, src: 'child', input: { id } } });
  return {
    ...{ actor, inputs, events },
    ref: (id: string) => (actor.getSnapshot().children as Record<string, typeof actor | undefined>)[id],
    crash: (id: string) =>
      (actor.getSnapshot().children as Record<string, { send(event: { type: 'CRASH' }): void }>)[id]?.send({
        type: 'CRASH',
      }),
  };
}

describe('supervisor', () => {
  test('a child that throws runs again with the input it had; the log says so and its sibling does not notice', () => {
    const { actor, inputs, events, ref, crash } = supervised();
    const [one, two] = [ref('one'), ref('two')];
    crash('one');
    expect(inputs).toEqual([{ id: 'one' }, { id: 'two' }, { id: 'one' }]);
    expect(ref('one')).not.toBe(one);
    expect(ref('two')).toBe(two);
    expect(Object.keys(actor.getSnapshot().children).sort()).toEqual(['one', 'two']);
    expect(events.at(-1)).toMatchObject({
      type: 'sekisho.supervisor.child-restarted.v1',
      data: {
        children: [
          { id: 'one', restarts: 1 },
          { id: 'two', restarts: 0 },
        ],
      },
    });
  });

  test('it is given up after restartsMax restarts, which the log says as an error', () => {
    const { actor, inputs, events, crash } = supervised();
    for (let crashes = 0; crashes < restartsMax; crashes += 1) crash('one');
    expect(actor.getSnapshot().status).toBe('active');
    crash('one');
    expect(inputs).toHaveLength(2 + restartsMax);
    expect([actor.getSnapshot().status, actor.getSnapshot().value]).toEqual(['done', 'GivenUp']);
    expect(events.at(-1)).toMatchObject({ type: 'sekisho.supervisor.given-up.v1', severitytext: 'ERROR' });
  });

  test('restarts count for each child apart, and from its start by the service', () => {
    const { actor, crash } = supervised();
    for (let crashes = 0; crashes < restartsMax; crashes += 1) crash('one');
    actor.send({ type: 'START_CHILD', child: { id: 'one', src: 'child', input: { id: 'one' } } });
    for (let crashes = 0; crashes < restartsMax; crashes += 1) {
      crash('one');
      crash('two');
    }
    expect(actor.getSnapshot().status).toBe('active');
  });

  test('a stopped child stays stopped', () => {
    const { actor, inputs, ref } = supervised();
    actor.send({ type: 'STOP_CHILD', id: 'one' });
    expect(ref('one')).toBeUndefined();
    expect(Object.keys(actor.getSnapshot().context.children)).toEqual(['two']);
    expect(inputs).toHaveLength(2);
  });
});
