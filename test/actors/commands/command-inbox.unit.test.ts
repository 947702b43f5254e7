import { describe, expect, test } from 'vitest';
import { createCommandInbox } from '../../../src/actors/commands/command-inbox.ts';
import { readCommand } from '../../../src/adapters/commands/read-command.ts';
import { createTransitionRecorder } from '../../../src/adapters/inspection/transition-recorder.ts';
import { type CommandResult, commandEvent, type GivenCommand, type Order } from '../../../src/events/command.ts';
import { type CommandInput, commandMsMax } from '../../../src/machines/command.ts';
import { atRest } from '../../support/at-rest.ts';
import { MemoryJournal } from '../../support/memory-journal.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

interface Run extends PromiseWithResolvers<CommandResult> {
  order: Order;
  signal: AbortSignal;
}

/** An inbox whose commands end when the test says so. */
function inboxOf(begun: ReadonlyMap<string, CommandInput | undefined> = new Map()) {
  const clock = new SteppedClock();
  const journal = new MemoryJournal();
  const runs: Run[] = [];
  const inbox = createCommandInbox({
    ...{ clock, gateway: 'mx1', read: readCommand, durable: () => journal.durable(), begun },
    inspect: createTransitionRecorder({
      source: '/sekisho/gateway/mx1',
      idPrefix: 't',
      now: () => clock.now(),
      record: (lane, event) => journal.append(lane, event),
      onProblem: (problem) => expect.unreachable(String(problem)),
    }),
    run(order, signal) {
      const run = { ...Promise.withResolvers<CommandResult>(), order, signal };
      runs.push(run);
      return run.promise;
    },
  });
  const text = (id: string, changes: Partial<GivenCommand> = {}) => {
    const usual = { order: { kind: 'restart' }, source: '/test', validSeconds: 3600, gateways: [] } as const;
    return JSON.stringify(commandEvent({ ...usual, id, timeMs: clock.now(), ...changes }));
  };
  const giveText = async (given: string, place = 'record-0-0') => {
    const taken = { isTaken: false, error: undefined as unknown };
    inbox.take({ text: given, place }).then(
      () => (taken.isTaken = true),
      (error) => (taken.error = error),
    );
    await atRest();
    return taken;
  };
  return {
    ...{ clock, runs, inbox, journal, text, giveText },
    give: (id: string, changes: Partial<GivenCommand> = {}) => giveText(text(id, changes)),
    async end(run: number, outcome: CommandResult | Error = { epoch: 2, version: null }) {
      if (outcome instanceof Error) runs[run]?.reject(outcome);
      else runs[run]?.resolve(outcome);
      await atRest();
    },
    /** `id state` of each event, in order. */
    log: () => journal.appended().map(({ event }) => `${event.data.command} ${event.data.state}`),
    reasons: () => journal.appended().flatMap(({ event }) => (event.data.reason as string | null) ?? []),
  };
}

describe('a command', () => {
  test('is begun when that is on disk, and told with its result', async () => {
    const system = inboxOf();
    expect((await system.give('a')).isTaken).toBe(true);
    expect(system.journal.stored.map(({ lane, event }) => [lane, event.subject])).toEqual([
      ['commands', 'command/a/mx1'],
    ]);
    expect(system.runs.map(({ order }) => order)).toEqual([{ kind: 'restart' }]);
    await system.end(0);
    expect(system.log()).toEqual(['a Running', 'a Done']);
    expect(system.journal.appended().at(-1)?.event).toMatchObject({
      correlationid: 'a',
      data: { result: { epoch: 2 }, reason: null },
    });
  });

  test('is not begun while the log cannot take it, and stays where it was given', async () => {
    const system = inboxOf();
    system.journal.become('full');
    expect(await system.give('a')).toMatchObject({ isTaken: false, error: { name: 'JournalUnavailable' } });
    expect(system.runs).toEqual([]);
    expect(system.log()).toEqual(['a Running', 'a Failed']);
    system.journal.become('open');
    expect((await system.give('a')).isTaken).toBe(true);
    expect(system.runs).toEqual([]);
  });

  test('that fails is told with the reason', async () => {
    const system = inboxOf();
    await system.give('a');
    await system.end(0, new Error('no room'));
    expect([system.log(), system.reasons()]).toEqual([['a Running', 'a Failed'], ['no room']]);
  });

  test('that does not end is given up, and the next one has its turn', async () => {
    const system = inboxOf();
    await system.give('a');
    await system.give('b');
    await system.clock.advance(commandMsMax, atRest);
    expect(system.runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(system.log()).toEqual(['a Running', 'a Failed', 'b Running']);
  });

  test('given again is done once: while it waits, while it runs and after it', async () => {
    const system = inboxOf();
    const texts = ['a', 'b'].map((id) => system.text(id));
    for (const text of [...texts, ...texts, ...texts]) await system.giveText(text);
    await system.end(0);
    await system.end(1);
    for (const text of texts) expect((await system.giveText(text)).isTaken).toBe(true);
    expect(system.log()).toEqual(['a Running', 'a Done', 'b Running', 'b Done']);
  });

  test('for others is not ours to tell of; for us among others it is', async () => {
    const system = inboxOf();
    await system.give('a', { gateways: ['/sekisho/gateway/mx2'] });
    expect(system.log()).toEqual([]);
    await system.give('a', { gateways: ['/sekisho/gateway/mx2', '/sekisho/gateway/mx1'] });
    expect(system.log()).toEqual(['a Running']);
  });

  test('and what a gateway said of one are told apart', async () => {
    const system = inboxOf();
    await system.give('a');
    await system.end(0);
    for (const { event } of system.journal.appended()) await system.giveText(JSON.stringify(event));
    expect(system.log()).toEqual(['a Running', 'a Done']);
  });
});

describe('what is not carried out', () => {
  test('is refused once, at once, though another one runs', async () => {
    const system = inboxOf();
    await system.give('a');
    expect((await system.giveText('rubbish', 'record-0-7')).isTaken).toBe(true);
    await system.giveText('rubbish', 'record-0-7');
    expect(system.log()).toEqual(['a Running', 'record-0-7 Refused']);
    expect(system.reasons()).toEqual(['it is no JSON']);
  });

  test('expires while it waits', async () => {
    const system = inboxOf();
    await system.give('a');
    await system.give('b', { validSeconds: 60 });
    await system.clock.advance(61_000, atRest);
    await system.end(0);
    expect(system.log()).toEqual(['a Running', 'a Done', 'b Refused']);
    expect(system.reasons()).toEqual(['it expired 1 s ago']);
  });

  test('is refused when too many wait', async () => {
    const system = inboxOf();
    for (let each = 0; each <= 100; each++) await system.give(`c${each}`);
    expect(system.log()).toEqual(['c0 Running']);
    await system.give('more');
    expect(system.log()).toEqual(['c0 Running', 'more Refused']);
  });
});

describe('the end of the gateway', () => {
  test('is told of what runs; what waits was never begun, and is to be given again', async () => {
    const system = inboxOf();
    const a = await system.give('a');
    const b = await system.give('b');
    await system.inbox.stop();
    expect(system.log()).toEqual(['a Running', 'a Failed']);
    expect([a.isTaken, b.isTaken]).toEqual([true, false]);
    expect(system.runs[0]?.signal.aborted).toBe(true);
    await system.give('c');
    expect(system.log()).toHaveLength(2);
  });

  test('what was begun before it is not begun again, and what it cut short is told', async () => {
    const before = inboxOf();
    await before.give('a');
    await before.end(0);
    await before.give('b');
    const running = before.journal.stored.at(-1)?.event.data.input as CommandInput;
    const system = inboxOf(
      new Map([
        ['a', undefined],
        ['b', running],
      ]),
    );
    await atRest();
    expect(system.log()).toEqual(['b Failed']);
    for (const id of ['a', 'b', 'c']) await system.give(id);
    expect(system.log()).toEqual(['b Failed', 'c Running']);
  });
});
