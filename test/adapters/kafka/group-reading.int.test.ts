import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectKafka } from '../../../src/adapters/kafka/connect.ts';
import { consumerGroupOf, createKafkaSource } from '../../../src/adapters/kafka/kafka-source.ts';
import { topicName } from '../../../src/events/topics.ts';
import type { Delivery, Subscription } from '../../../src/projections/ports/event-source.ts';
import { eventually } from '../../support/eventually.ts';
import { createTopic, kafkaMissing, type LabKafka, plainAccess, startKafka } from '../../support/kafka.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: reading through a consumer group. ${missing}`);

describe.skipIf(missing !== undefined)('reading through a consumer group', () => {
  const partitions = 3;
  let lab: LabKafka;
  let kafka: Kafka;
  let admin: Admin;
  let producer: Producer;
  let count = 0;
  let prefix: string;
  let topic: string;

  beforeAll(async () => {
    lab = await startKafka();
    kafka = await connectKafka(plainAccess(lab.brokers), () => undefined);
    admin = kafka.admin();
    producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
  }, 90_000);
  afterAll(async () => {
    await Promise.all([admin?.disconnect(), producer?.disconnect()]);
    await lab?.close();
  });
  beforeEach(async () => {
    prefix = `group${++count}`;
    topic = topicName(prefix, 'system');
    await createTopic(admin, topic, partitions);
  });

  /** Events 1 to `last` of an aggregate of this partition. */
  async function append(partition: number, first: number, last: number): Promise<void> {
    const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    await producer.send({ topic, acks: -1, messages: numbers.map((number) => ({ partition, value: String(number) })) });
  }

  /** What a projection keeps: every event once by its position, and what it was told of losses. */
  class View {
    readonly positions = new Map<string, number>();
    readonly texts = new Map<string, string[]>();
    readonly lost: unknown[] = [];
    readonly #abort = new AbortController();
    readonly #source = createKafkaSource(kafka, prefix);

    /** Takes part in the reading; `pace` is awaited before each delivery is kept. */
    read(more: Partial<Subscription> = {}, pace?: (delivery: Delivery) => Promise<unknown>): Promise<void> {
      const subscription: Subscription = {
        reader: 'view',
        lanes: ['system'],
        positions: () => new Map(this.positions),
        signal: this.#abort.signal,
        ...more,
      };
      return this.#source.read(subscription, async (delivery) => {
        await pace?.(delivery);
        const { stream, upTo, events, lost } = delivery;
        const position = this.positions.get(stream) ?? -1;
        const fresh = events.filter(({ offset }) => offset > position).map(({ text }) => text);
        this.texts.set(stream, [...(this.texts.get(stream) ?? []), ...fresh]);
        this.positions.set(stream, Math.max(position, upTo));
        if (lost !== undefined) this.lost.push({ stream, ...lost });
        await this.#source.confirm('view', stream, upTo);
      });
    }

    get total(): number {
      return [...this.texts.values()].flat().length;
    }

    end(): void {
      this.#abort.abort();
    }

    close(): Promise<void> {
      return this.#source.close();
    }
  }

  const numbers = (last: number) => Array.from({ length: last }, (_, index) => String(index + 1));

  test('a second member joins and the first one leaves in the middle: all is handled, in order, and nothing failed', async () => {
    const view = new View();
    const members = [new AbortController(), new AbortController()] as const;
    const handled = [0, 0];
    const member = (index: 0 | 1) =>
      view.read({ signal: members[index].signal }, async () => {
        handled[index] = (handled[index] ?? 0) + 1;
      });
    const first = member(0);
    let number = 0;
    const appendToAll = async () => {
      number++;
      await Promise.all(Array.from({ length: partitions }, (_, partition) => append(partition, number, number)));
    };
    await appendToAll();
    await eventually('the first member reads', () => view.total === partitions);
    const second = member(1);
    await eventually('the second member has a part', async () => {
      await appendToAll();
      return (handled[1] ?? 0) > 0;
    });
    members[0].abort();
    await first;
    const before = handled[1] ?? 0;
    await appendToAll();
    await eventually('the second member has all', () => view.total === partitions * number);
    expect(handled[1]).toBeGreaterThan(before);
    members[1].abort();
    await second;
    expect([...view.texts.values()]).toEqual(Array(partitions).fill(numbers(number)));
    expect(view.lost).toEqual([]);
    await view.close();
  });

  test('a delivery that takes longer than the group waits for its member: the member comes back and nothing failed', async () => {
    await append(0, 1, 3);
    const view = new View();
    const groupId = consumerGroupOf(prefix, 'view');
    let isSlow = true;
    const reading = view.read({}, async () => {
      if (!isSlow) return;
      isSlow = false;
      await eventually('the group has given up its member', async () => {
        const { groups } = await admin.describeGroups([groupId]);
        return groups[0]?.members.length === 0;
      });
    });
    await eventually('what was there', () => view.total === 3);
    await append(0, 4, 6);
    await eventually('what came later', () => view.total === 6);
    view.end();
    await reading;
    expect(view.texts.get(`${topic}/0`)).toEqual(numbers(6));
    await view.close();
  });

  test('the broker is killed in the middle: what was kept stays, and the next reading goes on there', async () => {
    await append(0, 1, 3);
    const view = new View();
    const problems: unknown[] = [];
    const ended = new AbortController();
    // As whoever runs a projection: again and again.
    const reading = (async () => {
      while (!ended.signal.aborted) await view.read({ signal: ended.signal }).catch((error) => problems.push(error));
    })();
    await eventually('what was there', () => view.total === 3);
    await lab.kill();
    await lab.start();
    await eventually('the broker takes events again', () =>
      append(0, 4, 6).then(
        () => true,
        () => false,
      ),
    );
    await eventually('what came later', () => view.texts.get(`${topic}/0`)?.includes('6'));
    ended.abort();
    await reading;
    // The producer may have sent twice; the reader keeps what is in the log, once each.
    expect([...new Set(view.texts.get(`${topic}/0`))]).toEqual(numbers(6));
    expect(view.lost).toEqual([]);
    await view.close();
  });

  test('a broker that hangs: who reads can leave, and goes on when the broker does', async () => {
    await append(0, 1, 3);
    const view = new View();
    const leaving = new AbortController();
    const reading = view.read({ signal: leaving.signal }).catch((error) => error);
    await eventually('what was there', () => view.total === 3);
    lab.pause();
    try {
      leaving.abort();
      await reading;
    } finally {
      lab.resume();
    }
    await append(0, 4, 6);
    await eventually('what came later', () =>
      view.read({ untilCaughtUp: true }).then(
        () => view.total === 6,
        () => false,
      ),
    );
    expect(view.texts.get(`${topic}/0`)).toEqual(numbers(6));
    await view.close();
  });

  test('marks of transactions take offsets and are no loss', async () => {
    const transactional = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      transactionalId: prefix,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await transactional.connect();
    for (const value of numbers(3)) {
      const transaction = await transactional.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value }] });
      await transaction.commit();
    }
    await transactional.disconnect();
    await append(0, 4, 4);
    const view = new View();
    await view.read({ untilCaughtUp: true });
    expect(view.texts.get(`${topic}/0`)).toEqual(numbers(4));
    expect(view.positions.get(`${topic}/0`)).toBe(6);
    expect(view.lost).toEqual([]);
    await view.close();
  });

  test('retention that passes a reader which is away is told for each stream, once', async () => {
    for (let partition = 0; partition < partitions; partition++) await append(partition, 1, 4 + partition);
    const view = new View();
    await view.read({ untilCaughtUp: true });
    for (let partition = 0; partition < partitions; partition++) await append(partition, 90, 99);
    await admin.fetchTopicMetadata({ topics: [topic] });
    // Partition 0 loses all that is new, 1 a part of it, 2 nothing that matters.
    await admin.deleteTopicRecords({
      topic,
      partitions: [
        { partition: 0, offset: '14' },
        { partition: 1, offset: '8' },
        { partition: 2, offset: '6' },
      ],
    });
    await view.read({ untilCaughtUp: true });
    expect(view.lost).toEqual(
      expect.arrayContaining([
        { stream: `${topic}/0`, from: 4, to: 13 },
        { stream: `${topic}/1`, from: 5, to: 7 },
      ]),
    );
    expect(view.lost).toHaveLength(2);
    await view.read({ untilCaughtUp: true });
    expect(view.lost).toHaveLength(2);
    await view.close();
  });

  test('a topic that was made anew behind the reader is refused, not taken for the old one', async () => {
    await append(0, 1, 9);
    const view = new View();
    await view.read({ untilCaughtUp: true });
    await admin.deleteTopics({ topics: [topic] });
    await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic));
    await createTopic(admin, topic, partitions);
    await append(0, 1, 2);
    await expect(view.read({ untilCaughtUp: true })).rejects.toThrow(/another log/);
    expect(view.texts.get(`${topic}/0`)).toEqual(numbers(9));
    await view.close();
  });
});
