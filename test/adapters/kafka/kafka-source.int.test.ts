import kafkajs, { type Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe } from 'vitest';
import { connectKafka } from '../../../src/adapters/kafka/connect.ts';
import { consumerGroupOf, createKafkaSource } from '../../../src/adapters/kafka/kafka-source.ts';
import { topicName } from '../../../src/events/topics.ts';
import { eventSourceConformance } from '../../support/event-source-conformance.ts';
import { createTopic, type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../../support/kafka.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: projections from a real Kafka. ${missing}`);

describe.skipIf(missing !== undefined)('on a real broker', () => {
  let lab: PlainKafka;
  let kafka: Kafka;
  let count = 0;
  beforeAll(async () => {
    lab = await plainKafka();
    kafka = await connectKafka(plainAccess(lab.brokers), () => undefined);
  }, 90_000);
  afterAll(() => lab?.close());

  eventSourceConformance('Kafka', async () => {
    // A prefix of its own for each test: topics and groups of others do not matter.
    const prefix = `${lab.prefix}.${++count}`;
    const topic = topicName(prefix, 'system');
    const admin = kafka.admin();
    const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await Promise.all([admin.connect(), producer.connect()]);
    await createTopic(admin, topic, 3);
    const source = createKafkaSource(kafka, prefix);
    return {
      source,
      async append(texts) {
        await producer.send({ topic, acks: -1, messages: texts.map((value) => ({ key: 'service', value })) });
      },
      async deleteAll() {
        await admin.fetchTopicMetadata({ topics: [topic] });
        const offsets = await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({
          topic,
          partitions: offsets.map(({ partition, high }) => ({ partition, offset: high })),
        });
      },
      async confirmed(reader) {
        const [found] = await admin.fetchOffsets({ groupId: consumerGroupOf(prefix, reader), topics: [topic] });
        const offsets = found?.partitions.map(({ offset }) => Number(offset)).filter((offset) => offset > 0) ?? [];
        return offsets[0] === undefined ? undefined : offsets[0] - 1;
      },
      async dispose() {
        await source.close();
        await Promise.all([admin.disconnect(), producer.disconnect()]);
      },
    };
  });
});
