import kafkajs, { type ICustomPartitioner, type Kafka, type Producer, type TopicMessages } from 'kafkajs';
import type { JournalText, Publisher, PutAside } from '../../actors/ports/relay.ts';
import { topicName, topicPurposes } from '../../events/topics.ts';
import { kafkaTrouble } from './errors.ts';
import { publishFailure, topicsMissing } from './publish-failure.ts';
import { type AddressedRecord, putAside, toDeadLetter, toRecord } from './record.ts';

const { CompressionTypes, Partitioners } = kafkajs;

export interface PublisherOptions {
  /** Makes a client; called for each connection, so that a new password or certificate is in force. */
  connect: () => Promise<Kafka>;
  topicPrefix: string;
}

/** Sends the relay's batches: idempotent, acknowledged by all replicas in sync, one request at a time. */
export function createPublisher(options: PublisherOptions): Publisher {
  return new KafkaPublisher(options);
}

class KafkaPublisher implements Publisher {
  readonly #options: PublisherOptions;
  #kafka: Kafka | undefined;
  #producer: Producer | undefined;
  /** `topic/partition` of all records of the request that is under way. */
  readonly #chosen = new Set<string>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    try {
      await this.disconnect();
      this.#kafka = await this.#options.connect();
      await requireTopics(this.#kafka, this.#options.topicPrefix);
      await this.#renewProducer();
    } catch (error) {
      throw publishFailure(error);
    }
  }

  async publish(events: readonly JournalText[]): Promise<readonly PutAside[]> {
    try {
      return await this.#send(events);
    } catch (error) {
      throw publishFailure(error);
    }
  }

  async disconnect(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // Its sockets are gone either way; the rest is a goodbye that a dead broker does not answer.
    await producer?.disconnect().catch(() => {});
  }

  /** Halves what a topic finds too large until the one event is found that is; the others go in order. */
  async #send(events: readonly JournalText[]): Promise<PutAside[]> {
    try {
      const { records, aside } = recordsOf(events);
      await this.#produce(records);
      return aside;
    } catch (error) {
      if (kafkaTrouble(error) !== 'too-large') throw error;
      // kafkajs takes back the sequence numbers of all partitions, also of those that were written: with the same
      // producer the broker would take the next batch for one that it has, and drop it.
      await this.#renewProducer();
      const [only] = events;
      if (only !== undefined && events.length === 1) return [await this.#bury(putAside(only, 'over-large'))];
      const half = Math.ceil(events.length / 2);
      return [...(await this.#send(events.slice(0, half))), ...(await this.#send(events.slice(half)))];
    }
  }

  async #bury(event: PutAside): Promise<PutAside> {
    await this.#produce([toDeadLetter(event, String(Date.now()))]);
    return event;
  }

  async #produce(records: readonly AddressedRecord[]): Promise<void> {
    if (this.#producer === undefined) throw new Error('not connected');
    this.#chosen.clear();
    const written = await this.#producer.sendBatch({
      topicMessages: byTopic(records, this.#options.topicPrefix),
      acks: -1,
      compression: CompressionTypes.GZIP,
    });
    for (const { topicName: topic, partition } of written) this.#chosen.delete(`${topic}/${partition}`);
    // When a partition moves to a broker that has answered already, kafkajs takes it for done, without a word.
    if (this.#chosen.size > 0) throw new Error(`the broker did not answer for ${[...this.#chosen].join(', ')}`);
  }

  async #renewProducer(): Promise<void> {
    await this.disconnect();
    this.#producer = this.#kafka?.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: this.#notingPartitioner,
      retry: { retries: 1 },
    });
    await this.#producer?.connect();
  }

  readonly #notingPartitioner: ICustomPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (args) => {
      const partition = choose(args);
      this.#chosen.add(`${args.topic}/${partition}`);
      return partition;
    };
  };
}

async function requireTopics(kafka: Kafka, prefix: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const there = new Set(await admin.listTopics());
    const missing = topicPurposes.map((purpose) => topicName(prefix, purpose)).filter((name) => !there.has(name));
    if (missing.length > 0) throw topicsMissing(missing);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** What is no event goes to the dead letters at once. */
function recordsOf(events: readonly JournalText[]): { records: AddressedRecord[]; aside: PutAside[] } {
  const sentAt = String(Date.now());
  const aside: PutAside[] = [];
  const records = events.map((event) => {
    const record = toRecord(event, sentAt);
    if (record !== undefined) return record;
    const unreadable = putAside(event, 'unreadable');
    aside.push(unreadable);
    return toDeadLetter(unreadable, sentAt);
  });
  return { records, aside };
}

function byTopic(records: readonly AddressedRecord[], prefix: string): TopicMessages[] {
  const topics = Map.groupBy(records, ({ purpose }) => purpose);
  return [...topics].map(([purpose, own]) => ({
    topic: topicName(prefix, purpose),
    messages: own.map(({ message }) => message),
  }));
}
