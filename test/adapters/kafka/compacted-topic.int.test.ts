import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CompactedRecord,
  type NewRecord,
  readCompacted,
  writeRecords,
} from '../../../src/adapters/kafka/compacted-topic.ts';
import { connectKafka } from '../../../src/adapters/kafka/connect.ts';
import { settleTopics } from '../../../src/adapters/kafka/topics.ts';
import { eventually } from '../../support/eventually.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../../support/kafka.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: a compacted topic of a real Kafka. ${missing}`);

describe.skipIf(missing !== undefined)('on a real broker', () => {
  let broker: PlainKafka;
  let kafka: Kafka;
  let topic: string;

  beforeAll(async () => {
    broker = await plainKafka();
    kafka = await connectKafka(plainAccess(broker.brokers), () => {});
    topic = `${broker.prefix}.reputation.v1`;
    const config = { 'cleanup.policy': 'compact', 'delete.retention.ms': '86400000' };
    await settleTopics(kafka, [{ name: topic, partitions: 3, replicationFactor: 1, config }], true);
    const admin = kafka.admin();
    await admin.connect();
    const isLed = () =>
      admin
        .fetchTopicOffsets(topic)
        .then(() => true)
        .catch(() => false);
    await eventually(`leaders of ${topic}`, isLed);
    await admin.disconnect();
  }, 60_000);
  afterAll(() => broker?.close());

  const write = (...records: NewRecord[]) => writeRecords(kafka, topic, [records]);

  /** Reads until the test says so. */
  function reading() {
    const stop = new AbortController();
    const values = new Map<string, string | undefined>();
    const records: CompactedRecord[] = [];
    const caughtUp = Promise.withResolvers<void>();
    const reader = {
      take(taken: readonly CompactedRecord[]) {
        records.push(...taken);
        for (const { key, value } of taken) values.set(String(key), value);
      },
      caughtUp: () => caughtUp.resolve(),
    };
    const groupId = `${broker.prefix}.reputation.${randomUUID().slice(0, 8)}`;
    const ended = readCompacted(kafka, { topic, groupId }, reader, stop.signal);
    return {
      values,
      records,
      caughtUp: Promise.race([caughtUp.promise, ended]),
      async end() {
        stop.abort();
        await ended;
      },
    };
  }

  test('an empty topic is read to its end at once', async () => {
    const reader = reading();
    await reader.caughtUp;
    expect(reader.records).toEqual([]);
    await reader.end();
  });

  test('everything from the beginning, in the order of each key, with tombstones; then what comes', async () => {
    await write(
      { key: 'a', value: '1' },
      { key: 'b', value: '1' },
      { key: 'a', value: '2' },
      { key: 'b', value: null },
    );
    const reader = reading();
    await reader.caughtUp;
    expect(Object.fromEntries(reader.values)).toEqual({ a: '2', b: undefined });
    expect(reader.records.every(({ timeMs }) => timeMs > 0)).toBe(true);
    await write({ key: 'c', value: '3' });
    await eventually('c', () => Promise.resolve(reader.values.has('c')));
    await reader.end();

    const again = reading();
    await again.caughtUp;
    expect(again.records).toHaveLength(5);
    await again.end();
  });

  test('a topic that is not there is said', async () => {
    const reader = { take: () => {}, caughtUp: () => {} };
    const missing = { topic: `${topic}.none`, groupId: `${broker.prefix}.none` };
    await expect(readCompacted(kafka, missing, reader, AbortSignal.timeout(20_000))).rejects.toThrow(/topic/);
  });
});
