import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { beginsWithOneOf } from '../../events/wanted.ts';
import type { Delivered, Delivery, Subscription } from '../../projections/ports/event-source.ts';
import { groupConsumer } from './group-consumer.ts';
import { streamName, streamOf } from './stream-name.ts';
import type { Watermarks } from './watermarks.ts';

/** Events handed over at once, at most: between two deliveries the group hears that we live. */
const eventsMax = 1000;

/** After this time without a sign of life a member's partitions go to others. Kafka's least is 6 s. */
const sessionMs = 10_000;

type Handle = (delivery: Delivery) => Promise<void>;

/** One reading through a consumer group, from joining it to leaving it. */
export class GroupReading {
  readonly #subscription: Subscription;
  readonly #handle: Handle;
  /** As they were at the beginning. */
  readonly #watermarks: ReadonlyMap<string, Watermarks>;
  readonly #lowNow: (stream: string) => Promise<number>;
  readonly #end = Promise.withResolvers<void>();
  #isEnding = false;
  #consumer: Consumer | undefined;
  /** Streams of ours now; undefined before the first assignment. */
  #assigned: readonly string[] | undefined;
  /** Next offsets that Kafka does not know yet, by stream. */
  readonly #unshown = new Map<string, string>();
  #showing: Promise<void> | undefined;
  /** Where each stream goes on. */
  readonly #next = new Map<string, number>();

  /** @param lowNow offset of the oldest record that a stream has now */
  constructor(
    subscription: Subscription,
    handle: Handle,
    watermarks: ReadonlyMap<string, Watermarks>,
    lowNow: (stream: string) => Promise<number>,
  ) {
    this.#subscription = subscription;
    this.#handle = handle;
    this.#watermarks = watermarks;
    this.#lowNow = lowNow;
    // It may fail while the group is still being joined, when nobody listens yet.
    this.#end.promise.catch(() => {});
  }

  /**
   * What can be said without joining the group: whether the positions are of this log, and what was lost of streams that
   * hold nothing any more. True when nothing is left to read.
   * @param positions as they were before the watermarks were asked for: another member may be getting on meanwhile
   * @throws when a position lies beyond the newest event.
   */
  async settleBefore(positions: ReadonlyMap<string, number>): Promise<boolean> {
    for (const [stream, { low, high }] of this.#watermarks) {
      const position = positions.get(stream);
      if (position === undefined) continue;
      if (position >= high) throw anotherLog(stream, high, position);
      if (low !== high || position + 1 >= low) continue;
      await this.#handle({
        stream,
        events: [],
        upTo: low - 1,
        head: high - 1,
        lost: { from: position + 1, to: low - 1 },
      });
    }
    if (this.#subscription.untilCaughtUp !== true) return false;
    for (const stream of this.#watermarks.keys()) this.#next.set(stream, this.#begin(stream));
    return this.#isCaughtUp([...this.#watermarks.keys()]);
  }

  /** Reads until the signal aborts, all is read, or something fails. */
  async run(kafka: Kafka, groupId: string, topics: readonly string[]): Promise<void> {
    const { signal } = this.#subscription;
    const consumer = groupConsumer(kafka, {
      groupId,
      sessionMs,
      isEnding: () => this.#isEnding,
      onFailure: (error) => this.#fail(error),
    });
    this.#consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#take(consumer, payload.memberAssignment));
    const stop = () => this.#finish();
    signal.addEventListener('abort', stop);
    // It may have aborted while the watermarks were fetched.
    if (signal.aborted) stop();
    try {
      await consumer.connect();
      // From the oldest, whatever happens to an offset: to begin at the newest would pass over events in silence.
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#batch(payload),
      });
      await this.#end.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#isEnding = true;
      await this.#showing;
      this.#consumer = undefined;
      await consumer.disconnect();
    }
  }

  /**
   * Shows Kafka how far the reader is, without waiting for it: what comes while Kafka answers goes with the next commit. The
   * store knows it, so a commit that fails, as in the middle of a rebalance, is left to the next one; that Kafka is away is
   * for reading to notice.
   */
  show(stream: string, offset: string): void {
    if (this.#assigned?.includes(stream) !== true) return;
    this.#unshown.set(stream, offset);
    this.#showing ??= this.#commit().finally(() => {
      this.#showing = undefined;
    });
  }

  async #commit(): Promise<void> {
    while (this.#unshown.size > 0) {
      const offsets = [...this.#unshown].map(([stream, offset]) => ({ ...streamOf(stream), offset }));
      this.#unshown.clear();
      await this.#consumer?.commitOffsets(offsets).catch(() => {});
    }
  }

  #begin(stream: string): number {
    const position = this.#subscription.positions().get(stream);
    return position === undefined ? (this.#watermarks.get(stream)?.low ?? 0) : position + 1;
  }

  /** An assignment: each stream goes on where the store is, not where Kafka was told. */
  #take(consumer: Consumer, assignment: Readonly<Record<string, number[]>>): void {
    const streams = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => streamName(topic, partition)),
    );
    this.#assigned = streams;
    try {
      for (const stream of streams) {
        const next = this.#begin(stream);
        this.#next.set(stream, next);
        consumer.seek({ ...streamOf(stream), offset: String(next) });
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#finishWhenCaughtUp();
  }

  async #batch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const stream = streamName(batch.topic, batch.partition);
    for (let from = 0; from < batch.messages.length; from += eventsMax) {
      // Stale: another assignment came, and its positions count.
      if (this.#isEnding || !isRunning() || isStale()) return;
      const messages = batch.messages.slice(from, from + eventsMax);
      try {
        const delivery = await this.#delivery(stream, messages, Number(batch.highWatermark));
        if (delivery === undefined) continue;
        await this.#handle(delivery);
        this.#next.set(stream, delivery.upTo + 1);
        resolveOffset(String(delivery.upTo));
      } catch (error) {
        this.#fail(error);
        return;
      }
      await heartbeat();
    }
    this.#finishWhenCaughtUp();
  }

  /** Undefined when all of it was handled before. */
  async #delivery(stream: string, messages: readonly KafkaMessage[], high: number): Promise<Delivery | undefined> {
    const next = this.#next.get(stream) ?? 0;
    // kafkajs begins at the oldest, without a word, when the offset that it asks for is not there.
    if (high < next) throw anotherLog(stream, high, next - 1);
    const fresh = messages.filter(({ offset }) => Number(offset) >= next);
    const [first, last] = [fresh[0], fresh.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const events = fresh.filter((message) => this.#isWanted(message)).map(delivered);
    const lost = await this.#lostBefore(stream, next, Number(first.offset));
    return { stream, events, upTo: Number(last.offset), head: high - 1, ...(lost && { lost }) };
  }

  /** Not every gap is a loss: offsets are also taken by marks of transactions and by what compaction has left out. */
  async #lostBefore(stream: string, next: number, first: number): Promise<Delivery['lost']> {
    if (first === next) return undefined;
    const low = Math.min(await this.#lowNow(stream), first);
    return low > next ? { from: next, to: low - 1 } : undefined;
  }

  #isWanted({ headers }: KafkaMessage): boolean {
    const { types } = this.#subscription;
    const type = headers?.ce_type?.toString();
    return type === undefined || beginsWithOneOf(type, types);
  }

  /** Partitions that another member of the group has are that one's business. */
  #finishWhenCaughtUp(): void {
    if (this.#subscription.untilCaughtUp === true && this.#isCaughtUp(this.#assigned ?? [])) this.#finish();
  }

  #isCaughtUp(streams: readonly string[]): boolean {
    return streams.every((stream) => {
      const { low, high } = this.#watermarks.get(stream) ?? { low: 0, high: 0 };
      return low === high || (this.#next.get(stream) ?? 0) >= high;
    });
  }

  #finish(): void {
    this.#isEnding = true;
    this.#end.resolve();
  }

  #fail(error: unknown): void {
    this.#isEnding = true;
    this.#end.reject(error);
  }
}

function anotherLog(stream: string, high: number, position: number): Error {
  return new Error(`${stream} ends at ${high - 1}, before position ${position}: it is another log than before`);
}

function delivered({ offset, value }: KafkaMessage): Delivered {
  return { offset: Number(offset), text: value?.toString() ?? '' };
}
