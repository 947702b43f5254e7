import kafkajs, { type Kafka } from 'kafkajs';
import type { Envelope } from '../../events/envelope.ts';
import { topicName } from '../../events/topics.ts';
import { toRecord } from './record.ts';

/** Gives a command to all gateways: resolves when every replica in sync has it. @throws see `kafkaTrouble` */
export async function publishCommand(kafka: Kafka, prefix: string, event: Envelope): Promise<void> {
  const record = toRecord({ sequence: 0, text: JSON.stringify(event) }, String(Date.now()));
  if (record === undefined) throw new TypeError('a command without id, type or subject');
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    // Without compression: a small topic, which every tool should be able to write and read.
    await producer.send({ topic: topicName(prefix, 'commands'), acks: -1, messages: [record.message] });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}
