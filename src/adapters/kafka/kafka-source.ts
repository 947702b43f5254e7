import type { Kafka } from 'kafkajs';
import type { Lane } from '../../events/envelope.ts';
import { topicName } from '../../events/topics.ts';
import type { EventSource } from '../../projections/ports/event-source.ts';
import { GroupReading } from './group-reading.ts';
import { lazyClient } from './lazy-client.ts';
import { showOffset } from './show-offset.ts';
import { streamOf } from './stream-name.ts';
import { fetchWatermarks } from './watermarks.ts';

/**
 * The consumer group of a reader, as Kafka's tools show it: `sekisho.<reader>`, unless the topics have another prefix.
 * @param views name of the views where there are others of the same projections: those who share views share a group.
 */
export function consumerGroupOf(prefix: string, reader: string, views?: string): string {
  return views === undefined ? `${prefix}.${reader}` : `${prefix}.${reader}.${views}`;
}

/**
 * The log in Kafka as projections read it, through one consumer group a reader. Where to go on is the store's business: on
 * every assignment the group is put to the positions that the store has. What is committed to Kafka is for showing the lag.
 * @param prefix of the names of topics
 * @param views see `consumerGroupOf`
 */
export function createKafkaSource(kafka: Kafka, prefix: string, views?: string): EventSource {
  const topicsOf = (lanes: readonly Lane[]) => lanes.map((lane) => topicName(prefix, lane));
  const readings = new Map<string, GroupReading>();
  const closed = new AbortController();
  const admin = lazyClient(() => kafka.admin());

  return {
    name: 'kafka',
    async read(subscription, handle) {
      const signal = AbortSignal.any([subscription.signal, closed.signal]);
      if (signal.aborted) return;
      const topics = topicsOf(subscription.lanes);
      const before = subscription.positions();
      const watermarks = await fetchWatermarks(await admin.connected(), topics);
      const { reader } = subscription;
      const lowNow = async (stream: string) => {
        const { topic } = streamOf(stream);
        return (await fetchWatermarks(await admin.connected(), [topic])).get(stream)?.low ?? 0;
      };
      const reading = new GroupReading({ ...subscription, signal }, handle, watermarks, lowNow);
      if (await reading.settleBefore(before)) return;
      readings.set(reader, reading);
      try {
        await reading.run(kafka, consumerGroupOf(prefix, reader, views), topics);
      } finally {
        readings.delete(reader);
      }
    },
    async heads(lanes) {
      const watermarks = await fetchWatermarks(await admin.connected(), topicsOf(lanes));
      return new Map([...watermarks].map(([stream, { high }]) => [stream, high - 1]));
    },
    async confirm(reader, stream, offset) {
      const next = String(offset + 1);
      const reading = readings.get(reader);
      if (reading === undefined)
        await showOffset(kafka, await admin.connected(), consumerGroupOf(prefix, reader, views), stream, next);
      else reading.show(stream, next);
    },
    async close() {
      closed.abort();
      await admin.disconnect();
    },
  };
}
