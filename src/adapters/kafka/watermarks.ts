import type { Admin } from 'kafkajs';
import { streamName } from './stream-name.ts';

/** What a partition holds. */
export interface Watermarks {
  /** Offset of the oldest record; the next one's when there is none. */
  low: number;
  /** Offset of the next record. */
  high: number;
}

/** By stream, for every partition of the topics. @throws when one is missing, see `kafkaTrouble` */
export async function fetchWatermarks(admin: Admin, topics: readonly string[]): Promise<Map<string, Watermarks>> {
  const all = await Promise.all(topics.map(async (topic) => [topic, await admin.fetchTopicOffsets(topic)] as const));
  return new Map(
    all.flatMap(([topic, partitions]) =>
      partitions.map(({ partition, low, high }) => [
        streamName(topic, partition),
        { low: Number(low), high: Number(high) },
      ]),
    ),
  );
}
