import { expect, test } from 'vitest';
import type { JournalText } from '../../src/actors/ports/relay.ts';
import { createKafkaOutbox } from '../../src/wiring/kafka-outbox.ts';
import { testEvent } from '../support/journal-conformance.ts';

/** A Kafka that takes events, or not, when it is let. */
function scene() {
  const published: number[] = [];
  const problems: string[] = [];
  const state = { isAway: false, connects: 0, release: () => {}, hold: false, published, problems };
  const publisher = {
    async connect() {
      state.connects++;
    },
    async publish(texts: readonly JournalText[]) {
      if (state.hold) await new Promise<void>((resolve) => (state.release = resolve));
      if (state.isAway) throw new Error('away');
      published.push(...texts.map(({ text }) => (JSON.parse(text) as { streamversion: number }).streamversion));
      return [];
    },
    disconnect: async () => {},
  };
  const outbox = createKafkaOutbox(publisher, (problem) => problems.push(problem));
  let count = 0;
  const add = (more = 1) => {
    for (const end = count + more; count < end; ) outbox.add(testEvent(++count));
  };
  return Object.assign(state, { outbox, add });
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('events go in order, over one connection', async () => {
  const world = scene();
  world.add(3);
  await world.outbox.close();
  expect(world.published).toEqual([1, 2, 3]);
  expect(world.connects).toBe(1);
});

test('what could not be published goes before the next, over a new connection', async () => {
  const world = scene();
  world.isAway = true;
  world.add(1);
  await new Promise(setImmediate);
  expect(world.problems).toHaveLength(1);
  world.isAway = false;
  world.add(1);
  await world.outbox.close();
  expect(world.published).toEqual([1, 2]);
  expect(world.connects).toBe(2);
});

test('what comes over the bound while others are being published drops none that was not', async () => {
  const world = scene();
  world.hold = true;
  world.add(1);
  await new Promise(setImmediate);
  world.add(1000);
  world.hold = false;
  world.release();
  await world.outbox.close();
  expect(world.published).toEqual(range(1, 1001));
});

test('of more than a thousand that wait the oldest go', async () => {
  const world = scene();
  world.isAway = true;
  world.add(1005);
  await new Promise(setImmediate);
  world.isAway = false;
  world.add(1);
  await world.outbox.close();
  expect(world.published).toEqual(range(7, 1006));
});
