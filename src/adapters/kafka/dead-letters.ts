import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { topicName } from '../../events/topics.ts';
import type { DeadLetters } from '../../projections/ports/dead-letters.ts';

/** Shows parked events in the topic of dead letters, each with where it came from and why. */
export interface KafkaDeadLetters extends DeadLetters {
  close(): Promise<void>;
}

/** @param prefix of the names of topics */
export function createKafkaDeadLetters(kafka: Kafka, prefix: string): KafkaDeadLetters {
  const topic = topicName(prefix, 'dead-letters');
  let producer: Promise<Producer> | undefined;

  function connected(): Promise<Producer> {
    producer ??= connect(kafka).catch((error) => {
      producer = undefined;
      throw error;
    });
    return producer;
  }

  return {
    async publish(letters) {
      const messages = letters.map(({ projection, stream, offset, reason, text }) => ({
        key: stream,
        value: text,
        headers: { projection, stream, offset: String(offset), error: reason },
      }));
      await (await connected()).send({ topic, acks: -1, compression: kafkajs.CompressionTypes.GZIP, messages });
    },
    async close() {
      await (await producer?.catch(() => undefined))?.disconnect();
    },
  };
}

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return producer;
}
