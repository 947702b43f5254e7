import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import { foldDelivery } from '../../../src/projections/fold-delivery.ts';
import type { Delivered, Delivery } from '../../../src/projections/ports/event-source.ts';
import type { ViewStore, ViewWriter } from '../../../src/projections/ports/view-store.ts';
import { eventText, histories, historiesIn, processPrefix, viewsFolder } from '../../support/projections.ts';

/**
 * Invariant 5: whatever happens on the way, the view is what the events make of it, each folded once, in the order of
 * their aggregates. The log here is made as a relay makes one: each stream in order, with stretches that were sent twice.
 */

/** One event: which process wrote it, about which of its aggregates, and whether it is poison. */
const writes = fc.array(
  fc.record({ process: fc.nat(2), aggregate: fc.nat(3), isPoison: fc.boolean().map((poison) => poison) }),
  { minLength: 1, maxLength: 40 },
);
/** A stretch that is sent again after the event at `at`: from so many before it. */
const repeats = fc.array(fc.record({ at: fc.nat(39), back: fc.nat(8) }), { maxLength: 4 });
/** How the log reaches the view. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('deliver' as const), stream: fc.nat(1), count: fc.integer({ min: 0, max: 7 }) }),
    fc.record({ kind: fc.constant('redeliver' as const), stream: fc.nat(1), back: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('kill' as const), stream: fc.nat(1), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ kind: fc.constant('reopen' as const) }),
  ),
  { maxLength: 30 },
);

interface Written {
  text: string;
  subject: string;
  version: number;
  isPoison: boolean;
}

/** What the processes write into one stream; Kafka's offsets have gaps, so these have, too. */
function streamOf(name: string, events: readonly { process: number; aggregate: number; isPoison: boolean }[]) {
  const counters = new Map<number, number>();
  const versions = new Map<string, number>();
  return events.map(({ process, aggregate, isPoison }): Written => {
    const counter = (counters.get(process) ?? 0) + 1;
    counters.set(process, counter);
    const subject = `${name}/${process}/${aggregate}`;
    const version = (versions.get(subject) ?? 0) + 1;
    versions.set(subject, version);
    const type = `sekisho.service.${isPoison ? 'poison' : 'running'}.v1`;
    return {
      text: eventText(processPrefix(process), counter, { subject, type, streamversion: version }),
      subject,
      version,
      isPoison,
    };
  });
}

function logOf(events: readonly Written[], again: readonly { at: number; back: number }[]): Delivered[] {
  const texts = events.flatMap(({ text }, index) => [
    text,
    ...again
      .filter(({ at }) => at === index)
      .flatMap(({ back }) => events.slice(Math.max(0, index - back), index + 1).map((each) => each.text)),
  ]);
  return texts.map((text, index) => ({ offset: index * 2, text }));
}

class Killed extends Error {}

const fold = (writer: ViewWriter, delivery: Delivery, isKilled = false) =>
  writer.transact((transaction) => {
    foldDelivery(histories, delivery, transaction, 0);
    if (isKilled) throw new Killed();
  });

test('any split, duplicates, re-deliveries and kills give the same view, and so does a rebuild', async () => {
  const { folder, remove } = await viewsFolder();
  let round = 0;
  const open = () => openViewStore({ folder, projection: { ...histories, name: `round-${round}` }, source: 'kafka' });
  await fc.assert(
    fc.asyncProperty(writes, writes, repeats, steps, async (first, second, again, way) => {
      round += 1;
      const written = [streamOf('a', first), streamOf('b', second)];
      const logs = written.map((events) => logOf(events, again));
      const streams = ['topic/0', 'topic/1'];
      let store: ViewStore = open();
      let writer = store.begin();
      const deliver = (index: number, from: number, to: number, isKilled = false) => {
        const log = logs[index] ?? [];
        const events = log.slice(Math.max(0, from), to);
        const upTo = log[Math.min(to, log.length) - 1]?.offset ?? -1;
        try {
          fold(writer, { stream: streams[index] ?? '', events, upTo, head: 0 }, isKilled);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
      };
      const place = (index: number) => {
        const position = writer.positions().get(streams[index] ?? '');
        return position === undefined ? 0 : position / 2 + 1;
      };
      for (const step of way) {
        if (step.kind === 'reopen') {
          store.close();
          store = open();
          writer = store.served() ?? store.begin();
        } else if (step.kind === 'redeliver') deliver(step.stream, place(step.stream) - step.back, place(step.stream));
        else deliver(step.stream, place(step.stream), place(step.stream) + step.count, step.kind === 'kill');
      }
      for (const index of [0, 1]) deliver(index, place(index), Number.MAX_SAFE_INTEGER);

      const expected: Record<string, number[]> = {};
      for (const { subject, version, isPoison } of written.flat()) {
        if (!isPoison) expected[subject] = [...(expected[subject] ?? []), version];
      }
      expect(historiesIn(store)).toEqual(expected);
      expect(store.parked().length).toBe(written.flat().filter(({ isPoison }) => isPoison).length);

      const live = [...store.query('histories', { orderBy: 'last' })].map((row) => JSON.stringify(row)).sort();
      writer = store.begin(true);
      for (const index of [1, 0]) deliver(index, 0, Number.MAX_SAFE_INTEGER);
      expect(writer.isServed()).toBe(false);
      expect(writer.publish()).toBe(true);
      expect([...store.query('histories')].map((row) => JSON.stringify(row)).sort()).toEqual(live);
      store.close();
    }),
    { numRuns: 60 },
  );
  await remove();
}, 120_000);
