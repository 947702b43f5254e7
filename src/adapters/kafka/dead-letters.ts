import kafkajs, { type Kafka } from 'kafkajs';
import { topicName } from '../../events/topics.ts';
import type { DeadLetters } from '../../projections/ports/dead-letters.ts';
import { lazyClient } from './lazy-client.ts';

/** Shows parked events in the topic of dead letters, each with where it came from and why. */
export interface KafkaDeadLetters extends DeadLetters {
  close(): Promise<void>;
}

/** @param prefix of the names of topics */
export function createKafkaDeadLetters(kafka: Kafka, prefix: string): KafkaDeadLetters {
  const topic = topicName(prefix, 'dead-letters');
  const producer = lazyClient(() =>
    kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    }),
  );

  return {
    async publish(letters) {
      const messages = letters.map(({ projection, stream, offset, reason, text }) => ({
        key: stream,
        value: text,
        headers: { projection, stream, offset: String(offset), error: reason },
      }));
      await (await producer.connected()).send({
        topic,
        acks: -1,
        compression: kafkajs.CompressionTypes.GZIP,
        messages,
      });
    },
    close: () => producer.disconnect(),
  };
}
