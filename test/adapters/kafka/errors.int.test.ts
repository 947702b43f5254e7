import kafkajs, { type Kafka, type Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka } from '../../../src/adapters/kafka/connect.ts';
import { kafkaReason, kafkaTrouble } from '../../../src/adapters/kafka/errors.ts';
import { settleTopics } from '../../../src/adapters/kafka/topics.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../../support/kafka.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: what a real Kafka refuses. ${missing}`);

describe.skipIf(missing !== undefined)('what a real broker refuses', () => {
  let lab: PlainKafka;
  let kafka: Kafka;
  let topic: string;
  beforeAll(async () => {
    lab = await plainKafka();
    kafka = await connectKafka(plainAccess(lab.brokers), () => undefined);
    topic = `${lab.prefix}.system.v1`;
    const config = { 'max.message.bytes': '1000' };
    await settleTopics(kafka, [{ name: topic, partitions: 1, replicationFactor: 1, config }], true);
  }, 90_000);
  afterAll(() => lab?.close());

  async function send(to: string, message: Message): Promise<unknown> {
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    try {
      return await producer.send({ topic: to, messages: [message] }).then(
        () => undefined,
        (error) => error,
      );
    } finally {
      await producer.disconnect();
    }
  }

  test('nothing of a record that is in order', async () => {
    expect(await send(topic, { value: 'x' })).toBeUndefined();
  });

  test('a record that is too large', async () => {
    const error = await send(topic, { value: 'x'.repeat(2000) });
    expect(kafkaTrouble(error)).toBe('too-large');
  });

  test('a record of the future', async () => {
    const error = await send(topic, { value: 'x', timestamp: String(Date.now() + 7_200_000) });
    expect(kafkaTrouble(error)).toBe('clock');
  });

  test('a topic that is not there', async () => {
    const error = await send(`${lab.prefix}.nowhere.v1`, { value: 'x' });
    expect(kafkaTrouble(error)).toBe('topic-missing');
  });

  test('more copies than there are brokers: the reason is told, not only that there was one', async () => {
    const plan = { name: `${lab.prefix}.copies.v1`, partitions: 1, replicationFactor: 15, config: {} };
    const error = await settleTopics(kafka, [plan], true).catch((error) => error);
    expect(kafkaReason(error)).toMatch(/replication.factor/i);
    expect(kafkaTrouble(error)).toBe('other');
  });
});

describe('errors that are none of kafkajs', () => {
  test('have their own words, on one line', () => {
    expect(kafkaTrouble(new TypeError('x'))).toBe('other');
    expect(kafkaReason(new Error('a\n  b'))).toBe('a b');
    expect(kafkaReason('gone')).toBe('gone');
  });

  test('a circle of causes ends', () => {
    const error = new Error('round');
    error.cause = error;
    expect(kafkaReason(error)).toBe('round');
  });
});
