import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { createAndAwait } from '../../src/adapters/kafka/create-topics.ts';
import { type TopicPurpose, topicName, topicPurposes } from '../../src/events/topics.ts';

/** A record as it lies in Kafka. */
export interface StoredRecord {
  purpose: TopicPurpose;
  partition: number;
  offset: number;
  key: string | undefined;
  value: string;
  headers: Record<string, string>;
  /** ms since 1970. */
  timestamp: number;
}

/** Creates every topic of a prefix. */
export async function createTopics(
  kafka: Kafka,
  prefix: string,
  purposes: readonly TopicPurpose[] = topicPurposes,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await createAndAwait(
    admin,
    purposes.map((purpose) => ({
      topic: topicName(prefix, purpose),
      numPartitions: purpose === 'dead-letters' ? 1 : 3,
      replicationFactor: 1,
    })),
  );
  await admin.disconnect();
}

/** Everything that the topics of a prefix hold now, in order within each partition. */
export async function topicContents(
  kafka: Kafka,
  prefix: string,
  purposes: readonly TopicPurpose[] = topicPurposes,
): Promise<StoredRecord[]> {
  const purposeOf = new Map(purposes.map((purpose) => [topicName(prefix, purpose), purpose]));
  const topics = [...purposeOf.keys()];
  const left = await ends(kafka, topics);
  const found: StoredRecord[] = [];
  if (left.size === 0) return found;
  const consumer = kafka.consumer({ groupId: `look-${randomUUID()}`, maxWaitTimeInMs: 50, retry: { retries: 20 } });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || reject(payload.error));
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { topic, partition, messages } }) => {
      for (const { offset, key, value, headers, timestamp } of messages) {
        const texts = Object.entries(headers ?? {}).map(([name, each]) => [name, String(each)]);
        found.push({
          ...{ partition, offset: Number(offset), timestamp: Number(timestamp) },
          ...{ purpose: purposeOf.get(topic) ?? 'dead-letters', key: key?.toString(), value: String(value) },
          headers: Object.fromEntries(texts),
        });
        if (Number(offset) + 1 >= (left.get(`${topic}/${partition}`) ?? 0)) left.delete(`${topic}/${partition}`);
      }
      if (left.size === 0) resolve();
    },
  });
  await promise.finally(() => consumer.disconnect());
  return found;
}

/** High watermark of each partition that holds anything. */
async function ends(kafka: Kafka, topics: readonly string[]): Promise<Map<string, number>> {
  const admin = kafka.admin();
  await admin.connect();
  const found = new Map<string, number>();
  for (const topic of topics) {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      if (Number(high) > 0) found.set(`${topic}/${partition}`, Number(high));
    }
  }
  await admin.disconnect();
  return found;
}
