/** What every source of events must do, whatever keeps the log. Each implementation runs this suite with a factory of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lane } from '../../src/events/envelope.ts';
import type { Delivery, EventSource, Subscription } from '../../src/projections/ports/event-source.ts';
import { eventually } from './eventually.ts';
import { testEvent } from './journal-conformance.ts';

/** One source under test, and the log that it reads. All events of the suite are of the lane `system` and one aggregate. */
export interface EventSourceFixture {
  source: EventSource;
  /** Puts texts at the end of the log, in order, into one stream; resolves when they are durable. They may be poison. */
  append(texts: readonly string[]): Promise<void>;
  /** Deletes everything that is in the log now, as retention would. */
  deleteAll(): Promise<void>;
  /** What a reader has confirmed of the stream, as an administrator sees it. */
  confirmed(reader: string): Promise<number | undefined>;
  /** Removes everything at the end. */
  dispose(): Promise<void>;
}

const lanes: readonly Lane[] = ['system'];
const time = new Date(0).toISOString();
const textOf = (number: number, type = 'sekisho.service.running.v1') =>
  JSON.stringify(testEvent(number, { type, time, subject: 'service' }));
const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => textOf(from + index));

/** A reader that remembers as a projection does: what it got, and its positions. */
class Reader {
  readonly deliveries: Delivery[] = [];
  readonly positions = new Map<string, number>();
  /** Awaited before each delivery counts as handled. */
  onDelivery: (delivery: Delivery) => Promise<void> | void = () => {};
  readonly #abort = new AbortController();
  readonly #source: EventSource;

  constructor(source: EventSource) {
    this.#source = source;
  }

  read(more: Partial<Subscription> = {}): Promise<void> {
    const positions = () => new Map(this.positions);
    const { signal } = this.#abort;
    return this.#source.read({ reader: 'conformance', lanes, signal, positions, ...more }, async (delivery) => {
      await this.onDelivery(delivery);
      this.deliveries.push(delivery);
      this.positions.set(delivery.stream, delivery.upTo);
    });
  }

  catchUp(more: Partial<Subscription> = {}): Promise<void> {
    return this.read({ ...more, untilCaughtUp: true });
  }

  abort(): void {
    this.#abort.abort();
  }

  get texts(): string[] {
    return this.deliveries.flatMap(({ events }) => events.map(({ text }) => text));
  }

  get lost() {
    return this.deliveries.flatMap(({ lost }) => lost ?? []);
  }
}

/** Runs the suite on one implementation. */
export function eventSourceConformance(name: string, factory: () => Promise<EventSourceFixture>): void {
  describe(`${name}: a source of events`, () => {
    let fixture: EventSourceFixture;
    let source: EventSource;
    beforeEach(async () => {
      fixture = await factory();
      source = fixture.source;
    });
    afterEach(() => fixture.dispose());

    async function afterPosition(): Promise<Reader> {
      const first = new Reader(source);
      await first.catchUp();
      const next = new Reader(source);
      for (const [stream, offset] of first.positions) next.positions.set(stream, offset);
      return next;
    }

    describe('catching up', () => {
      test('ends with nothing when the log is empty', async () => {
        const reader = new Reader(source);
        await reader.catchUp();
        expect(reader.texts).toEqual([]);
        expect(reader.lost).toEqual([]);
      });

      test('hands over every event as it was written, in order, and ends at the newest', async () => {
        await fixture.append(texts(1, 50));
        await fixture.append(texts(51, 60));
        const reader = new Reader(source);
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(1, 60));
        const offsets = reader.deliveries.flatMap(({ events }) => events.map(({ offset }) => offset));
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        expect(new Set(offsets).size).toBe(60);
        const last = reader.deliveries.at(-1);
        expect(last?.upTo).toBeGreaterThanOrEqual(offsets.at(-1) ?? Number.POSITIVE_INFINITY);
        expect(last?.head).toBe((await source.heads(lanes)).get(last?.stream ?? ''));
      });

      test('goes on after the positions', async () => {
        await fixture.append(texts(1, 10));
        const reader = await afterPosition();
        await fixture.append(texts(11, 15));
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(11, 15));
      });

      test('ends at once when there is nothing new', async () => {
        await fixture.append(texts(1, 10));
        const reader = await afterPosition();
        await reader.catchUp();
        expect(reader.texts).toEqual([]);
      });

      test('asks for the positions of the store each time, whatever was confirmed', async () => {
        await fixture.append(texts(1, 10));
        const reader = new Reader(source);
        await reader.catchUp();
        for (const [stream, offset] of reader.positions) await source.confirm('conformance', stream, offset);
        const rebuilt = new Reader(source);
        await rebuilt.catchUp();
        expect(rebuilt.texts).toEqual(texts(1, 10));
      });

      test('does not withhold events of the types that are wanted', async () => {
        const wanted = [2, 4].map((number) => textOf(number, 'sekisho.updater.stale.v1'));
        await fixture.append([textOf(1), wanted[0] ?? '', textOf(3), wanted[1] ?? '', textOf(5)]);
        const reader = new Reader(source);
        await reader.catchUp({ types: ['sekisho.updater.'] });
        expect(reader.texts).toEqual(expect.arrayContaining(wanted));
        const next = new Reader(source);
        for (const [stream, offset] of reader.positions) next.positions.set(stream, offset);
        await next.catchUp();
        expect(next.texts).toEqual([]);
      });
    });

    describe('following', () => {
      test('hands over what comes later, until the signal aborts', async () => {
        await fixture.append(texts(1, 3));
        const reader = new Reader(source);
        const reading = reader.read();
        await eventually('the events that were there', () => reader.texts.length === 3);
        await fixture.append(texts(4, 5));
        await eventually('the events that came later', () => reader.texts.length === 5);
        await fixture.append(texts(6, 6));
        await eventually('the last one', () => reader.texts.length === 6);
        reader.abort();
        await reading;
        expect(reader.texts).toEqual(texts(1, 6));
      });

      test('a signal that was aborted before reads nothing', async () => {
        await fixture.append(texts(1, 3));
        const reader = new Reader(source);
        reader.abort();
        await reader.read();
        expect(reader.texts).toEqual([]);
      });

      test('the abort in the middle of a delivery lets it end, and no other comes', async () => {
        await fixture.append(texts(1, 3));
        const reader = new Reader(source);
        reader.onDelivery = () => reader.abort();
        await reader.read();
        expect(reader.deliveries.filter(({ events }) => events.length > 0).length).toBeLessThanOrEqual(1);
        await reader.read({ untilCaughtUp: true, signal: new AbortController().signal });
        expect(reader.texts).toEqual(texts(1, 3));
      });

      test('never hands over before the last delivery is handled', async () => {
        const reader = new Reader(source);
        let inHand = 0;
        let mostInHand = 0;
        reader.onDelivery = async () => {
          mostInHand = Math.max(mostInHand, ++inHand);
          await new Promise((resolve) => setTimeout(resolve, 2));
          inHand -= 1;
        };
        const reading = reader.read();
        for (let number = 1; number <= 20; number++) await fixture.append([textOf(number)]);
        await eventually('all of them', () => reader.texts.length === 20);
        reader.abort();
        await reading;
        expect(mostInHand).toBe(1);
        expect(reader.texts).toEqual(texts(1, 20));
      });
    });

    describe('trouble', () => {
      test('passes poison on as the text it is, and what comes after it', async () => {
        const poison = ['no JSON at all', '{"specversion":"1.0"}', '[1,2', '関所 \u0000'];
        await fixture.append([textOf(1), ...poison, textOf(2)]);
        const reader = new Reader(source);
        await reader.catchUp();
        expect(reader.texts).toEqual([textOf(1), ...poison, textOf(2)]);
      });

      test('rejects with what the handler rejects with; the next reading gets the same events again', async () => {
        await fixture.append(texts(1, 5));
        const reader = new Reader(source);
        let fails = true;
        reader.onDelivery = ({ events }) => {
          if (fails && events.length > 0) throw new Error('the store is full');
        };
        await expect(reader.catchUp()).rejects.toThrow('the store is full');
        expect(reader.texts).toEqual([]);
        fails = false;
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(1, 5));
      });

      test('tells what is lost when retention has passed a position, and goes on', async () => {
        await fixture.append(texts(1, 5));
        const reader = await afterPosition();
        const [stream, position] = [...reader.positions][0] ?? ['', 0];
        await fixture.append(texts(6, 8));
        await fixture.deleteAll();
        await fixture.append(texts(9, 10));
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(9, 10));
        expect(reader.lost).toEqual([{ from: position + 1, to: position + 3 }]);
        expect(reader.deliveries.find(({ lost }) => lost)?.stream).toBe(stream);
      });

      test('tells of no loss when everything that is gone was handled before', async () => {
        await fixture.append(texts(1, 5));
        const reader = await afterPosition();
        await fixture.deleteAll();
        await fixture.append(texts(6, 7));
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(6, 7));
        expect(reader.lost).toEqual([]);
      });

      test('a reader without a position begins with the oldest that is there, and has lost nothing', async () => {
        await fixture.append(texts(1, 5));
        await fixture.deleteAll();
        await fixture.append(texts(6, 7));
        const reader = new Reader(source);
        await reader.catchUp();
        expect(reader.texts).toEqual(texts(6, 7));
        expect(reader.lost).toEqual([]);
      });

      test('refuses a position beyond the newest event: that is another log', async () => {
        await fixture.append(texts(1, 5));
        const reader = await afterPosition();
        for (const [stream, offset] of reader.positions) reader.positions.set(stream, offset + 100);
        await expect(reader.catchUp()).rejects.toThrow(/position/);
        expect(reader.texts).toEqual([]);
      });
    });

    test('an administrator sees what a reader has confirmed', async () => {
      await fixture.append(texts(1, 5));
      const reader = new Reader(source);
      await reader.catchUp();
      const [stream, offset] = [...reader.positions][0] ?? ['', 0];
      await source.confirm('conformance', stream, offset);
      expect(await fixture.confirmed('conformance')).toBe(offset);
    });

    test('the head is the offset of the newest event', async () => {
      expect([...(await source.heads(lanes)).values()].filter((head) => head !== -1)).toEqual([]);
      await fixture.append(texts(1, 5));
      const reader = await afterPosition();
      const [stream, offset] = [...reader.positions][0] ?? ['', 0];
      expect((await source.heads(lanes)).get(stream)).toBe(offset);
      await fixture.append(texts(6, 8));
      expect((await source.heads(lanes)).get(stream)).toBe(offset + 3);
    });
  });
}
