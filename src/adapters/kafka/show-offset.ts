import type { Admin, Kafka } from 'kafkajs';
import { streamOf } from './stream-name.ts';

/**
 * Shows in Kafka how far a consumer group is while none of its members is ours: for tools that show the lag. Joins the group
 * for a moment, which kafkajs knows no way around; when the group has members, they show it themselves.
 */
export async function showOffset(kafka: Kafka, admin: Admin, groupId: string, stream: string, offset: string) {
  const place = { ...streamOf(stream), offset };
  if (await isShown(admin, groupId, place)) return;
  const { groups } = await admin.describeGroups([groupId]);
  if (groups.some(({ members }) => members.length > 0)) return;
  const { promise: joined, resolve, reject } = Promise.withResolvers<void>();
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.pause([{ topic: place.topic }]);
    resolve();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [place.topic], fromBeginning: true });
    // What it may have fetched before the pause is left to the readers.
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} });
    await joined;
    await consumer.commitOffsets([place]);
  } finally {
    await consumer.disconnect();
  }
}

async function isShown(
  admin: Admin,
  groupId: string,
  { topic, partition, offset }: { topic: string; partition: number; offset: string },
): Promise<boolean> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return found?.partitions.some((each) => each.partition === partition && each.offset === offset) === true;
}
