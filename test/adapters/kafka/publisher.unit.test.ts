import type { ICustomPartitioner, Kafka, ProducerBatch, RecordMetadata } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { PublishFailure } from '../../../src/actors/ports/relay.ts';
import { createPublisher } from '../../../src/adapters/kafka/publisher.ts';
import { topicName, topicPurposes } from '../../../src/events/topics.ts';
import { testEvent } from '../../support/journal-conformance.ts';

/**
 * A client whose brokers answer as the test wants: what happens when partitions move between brokers while a request is under
 * way cannot be had from one real broker.
 */
function scripted(answer: (sent: ProducerBatch, partitions: string[]) => RecordMetadata[]) {
  let producers = 0;
  const kafka = {
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      listTopics: async () => topicPurposes.map((purpose) => topicName('p', purpose)),
    }),
    producer({ createPartitioner }: { createPartitioner: ICustomPartitioner }) {
      producers += 1;
      const choose = createPartitioner();
      const partitionMetadata = [0, 1, 2].map((partitionId) => ({
        ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] },
      }));
      return {
        connect: async () => {},
        disconnect: async () => {},
        async sendBatch(batch: ProducerBatch) {
          const chosen = (batch.topicMessages ?? []).flatMap(({ topic, messages }) =>
            messages.map((message) => `${topic}/${choose({ topic, message, partitionMetadata })}`),
          );
          return answer(batch, [...new Set(chosen)]);
        },
      };
    },
  };
  const publisher = createPublisher({ connect: async () => kafka as unknown as Kafka, topicPrefix: 'p' });
  return { publisher, producers: () => producers };
}

const answered = (partitions: readonly string[]): RecordMetadata[] =>
  partitions.map((each) => {
    const [topic = '', partition] = each.split('/');
    return { topicName: topic, partition: Number(partition), errorCode: 0 };
  });
const events = Array.from({ length: 20 }, (_, index) => ({
  sequence: index + 1,
  text: JSON.stringify(testEvent(index + 1)),
}));

describe('publisher', () => {
  test('a promise of kafkajs is believed only when every partition has answered', async () => {
    let isSilent = true;
    const { publisher } = scripted((_, partitions) => answered(isSilent ? partitions.slice(1) : partitions));
    await publisher.connect();
    await expect(publisher.publish(events)).rejects.toMatchObject({ kind: 'away' });
    isSilent = false;
    await publisher.connect();
    expect(await publisher.publish(events)).toEqual([]);
  });

  test('after a refusal the rest goes by another producer: the old one has lost count', async () => {
    const tooLarge = () =>
      Object.assign(new Error('too large'), { name: 'KafkaJSProtocolError', type: 'MESSAGE_TOO_LARGE' });
    const sent: string[][] = [];
    const { publisher, producers } = scripted(({ topicMessages = [] }, partitions) => {
      const ids = topicMessages.flatMap(({ messages }) => messages.map(({ headers }) => String(headers?.ce_id)));
      const isLetter = topicMessages.every(({ topic }) => topic === topicName('p', 'dead-letters'));
      if (ids.includes('test-13') && !isLetter) throw tooLarge();
      sent.push(ids);
      return answered(partitions);
    });
    await publisher.connect();
    expect(await publisher.publish(events)).toMatchObject([{ id: 'test-13', reason: 'over-large', sequence: 13 }]);
    // Halved until it was alone, the others in order, and nothing lost or doubled.
    expect(sent.flat()).toEqual(events.map(({ sequence }) => `test-${sequence}`));
    expect(producers()).toBeGreaterThan(2);
  });

  test('a failure is a PublishFailure, whatever it was', async () => {
    const { publisher } = scripted(() => {
      throw new TypeError('odd');
    });
    await expect(publisher.publish(events)).rejects.toBeInstanceOf(PublishFailure);
    await publisher.connect();
    await expect(publisher.publish(events)).rejects.toMatchObject({ kind: 'away', message: 'odd' });
  });
});
