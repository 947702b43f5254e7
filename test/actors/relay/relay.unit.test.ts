import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { JournalGap } from '../../../src/actors/ports/journal.ts';
import { type JournalText, PublishFailure, type PutAside } from '../../../src/actors/ports/relay.ts';
import { type Relay, startRelay, usualWaits } from '../../../src/actors/relay/relay.ts';
import { createTransitionRecorder } from '../../../src/adapters/inspection/transition-recorder.ts';
import type { RelayTrouble } from '../../../src/machines/relay.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** A relay over a log in memory to a Kafka that does as it is told. */
function scene({ position = 0, count = 3 } = {}) {
  const log: JournalText[] = Array.from({ length: count }, (_, index) => ({
    sequence: index + 1,
    text: `${index + 1}`,
  }));
  const clock = new SteppedClock();
  const state = {
    clock,
    log,
    /** What stands in the way of connecting and of publishing. */
    trouble: undefined as RelayTrouble | undefined,
    isPublishing: false,
    release: () => {},
    hold: false,
    gap: undefined as JournalGap | undefined,
    aside: [] as PutAside[],
    connects: 0,
    published: [] as number[][],
    confirmed: [] as number[],
    told: [] as string[],
    relay: undefined as unknown as Relay,
    wake: () => {},
  };
  const fail = () => {
    if (state.trouble !== undefined) throw new PublishFailure(state.trouble, state.trouble);
  };
  state.relay = startRelay({
    clock,
    source: {
      read(after) {
        const { gap } = state;
        state.gap = undefined;
        if (gap) throw gap;
        return state.log.filter(({ sequence }) => sequence > after);
      },
      more: (_after, signal) =>
        new Promise((resolve) => {
          state.wake = resolve;
          signal.addEventListener('abort', () => resolve());
        }),
    },
    publisher: {
      async connect() {
        state.connects += 1;
        fail();
      },
      async publish(events) {
        expect(state.isPublishing).toBe(false);
        state.isPublishing = true;
        if (state.hold) await new Promise<void>((resolve) => (state.release = resolve));
        state.isPublishing = false;
        fail();
        state.published.push(events.map(({ sequence }) => sequence));
        return state.aside.splice(0);
      },
      disconnect: async () => {},
    },
    confirm: (sequence) => state.confirmed.push(sequence),
    inspect: createTransitionRecorder({
      ...{ source: '/test', idPrefix: 't', now: () => 0, onProblem: (error) => expect.unreachable(String(error)) },
      record: (_lane, { type }) => state.told.push(type.replace(/^sekisho\.relay\.|\.v1$/g, '')),
    }),
    ...{ position, crash: null, waits: usualWaits },
  });
  return state;
}

const add = ({ log }: { log: JournalText[] }) => log.push({ sequence: log.length + 1, text: '' });
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
};

const pass = ({ clock }: { clock: SteppedClock }, ms: number) => clock.advance(ms, settled);

describe('relay', () => {
  let world: ReturnType<typeof scene>;
  afterEach(() => world.relay.stop());

  test('sends from its position on and confirms what it has sent', async () => {
    world = scene({ position: 1 });
    await settled();
    expect(world.published).toEqual([[2, 3]]);
    expect(world.confirmed).toEqual([3]);
    expect(world.told).toEqual(['relaying']);
  });

  test('what comes while a batch is under way, or in the quarter of a second after its begin, is the next batch', async () => {
    world = scene();
    await settled();
    world.hold = true;
    add(world);
    world.wake();
    await settled();
    for (let more = 0; more < 5; more++) add(world);
    await settled();
    expect(world.published).toEqual([[1, 2, 3]]);
    world.hold = false;
    world.release();
    await settled();
    expect(world.published).toEqual([[1, 2, 3], [4]]);
    await pass(world, 250);
    expect(world.published).toEqual([[1, 2, 3], [4], [5, 6, 7, 8, 9]]);
  });

  test('a backlog does not wait', async () => {
    world = scene({ count: 500 });
    await settled();
    world.hold = true;
    for (let more = 0; more < 500; more++) add(world);
    world.wake();
    await settled();
    for (let more = 0; more < 5; more++) add(world);
    world.hold = false;
    world.release();
    await settled();
    expect(world.published.map(({ length }) => length)).toEqual([500, 500, 5]);
  });

  test('after a failure it sends again from the last confirmed position', async () => {
    world = scene();
    await settled();
    world.trouble = 'away';
    add(world);
    world.wake();
    await settled();
    add(world);
    world.trouble = undefined;
    await pass(world, 200);
    expect(world.published).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(world.told).toEqual(['relaying', 'away', 'relaying']);
  });

  test('an outage is told once, with waits that double up to the greatest', async () => {
    world = scene();
    await settled();
    world.trouble = 'away';
    add(world);
    world.wake();
    await settled();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = world.connects;
      let ms = 0;
      for (; world.connects === before; ms += 100) {
        await pass(world, 100);
      }
      waits.push(ms);
    }
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    expect(world.told).toEqual(['relaying', 'away']);
  });

  test('another trouble is another state', async () => {
    world = scene({ count: 0 });
    await settled();
    world.trouble = 'away';
    add(world);
    world.wake();
    await settled();
    world.trouble = 'refused';
    await pass(world, 200);
    expect(world.told).toEqual(['relaying', 'away', 'refused']);
  });

  test('a gap is told and passed', async () => {
    world = scene({ position: 1 });
    world.gap = new JournalGap(2, 3);
    await settled();
    expect(world.told).toEqual(['gap', 'relaying']);
    expect(world.published).toEqual([[3]]);
  });

  test('an event put aside is told, and counts as sent', async () => {
    world = scene();
    world.aside = [{ sequence: 2, reason: 'over-large', id: 'a', eventType: 'b', aggregate: 'c', bytes: 9 }];
    await settled();
    expect(world.told).toEqual(['put-aside', 'relaying']);
    expect(world.confirmed).toEqual([3]);
  });

  test('a stop waits for the batch under way, whose end is confirmed', async () => {
    world = scene();
    await settled();
    world.hold = true;
    add(world);
    world.wake();
    await settled();
    const stopped = world.relay.stop();
    await settled();
    world.release();
    await stopped;
    expect(world.confirmed).toEqual([3, 4]);
    expect(world.told).toEqual(['relaying', 'stopped']);
  });

  test('an error that is none of Kafka is a defect: the relay ends by it', async () => {
    world = scene({ count: 0 });
    await settled();
    world.gap = new TypeError('a defect') as unknown as JournalGap;
    world.wake();
    await expect(world.relay.ended()).rejects.toThrow('a defect');
  });
});
