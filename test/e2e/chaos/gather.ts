import type { Kafka } from 'kafkajs';
import { openJournalReader } from '../../../src/adapters/journal/open-journal-reader.ts';
import { connectKafka } from '../../../src/adapters/kafka/connect.ts';
import { createKafkaSource } from '../../../src/adapters/kafka/kafka-source.ts';
import { openViewReader } from '../../../src/adapters/projection-store/open-view-reader.ts';
import { projectionsFolder } from '../../../src/adapters/projection-store/view-file.ts';
import { lanes } from '../../../src/events/lane.ts';
import { topicName } from '../../../src/events/topics.ts';
import { eventually } from '../../support/eventually.ts';
import { counting } from './counting.ts';
import type { History, JournalEntry, TopicRecord } from './history.ts';
import { type Sent, serialOf } from './senders.ts';
import { topicPrefix, type World } from './world.ts';

/** How long everything may take to arrive after the last fault: a killed member's session, a full back-off, and the backlog. */
const settleMsMax = 90_000;

/** Waits until everything has arrived, and takes down what there is. The senders must have stopped. */
export async function gather(world: World, sent: Sent): Promise<History> {
  const kafka = await connectKafka(
    { brokers: [world.kafka.brokers], clientId: 'judge', tls: false, requestTimeoutMs: 3000, connectTimeoutMs: 1000 },
    () => undefined,
  );
  const journal = await relayedJournal(world);
  await foldedView(world, kafka);
  return {
    accepted: sent.accepted,
    unsure: sent.unsure,
    delivered: world.sink.messages.map(({ content }) => serialOf(content)),
    journal,
    topics: await topicRecords(kafka),
    view: viewOf(world),
  };
}

/** The journal, when Kafka has all of it. */
async function relayedJournal(world: World): Promise<JournalEntry[]> {
  const reader = await openJournalReader({ folder: world.journalFolder });
  try {
    const head = await eventually(
      'the relay to arrive',
      async () => {
        const newest = reader.head();
        return (await reader.readers()).get('relay/kafka') === newest && newest;
      },
      settleMsMax,
    );
    const entries: JournalEntry[] = [];
    for await (const { sequence, event } of reader.read({ after: 0 })) {
      if (sequence <= head)
        entries.push({ sequence, id: event.id, subject: event.subject, text: JSON.stringify(event) });
    }
    return entries;
  } finally {
    await reader.close();
  }
}

/** Resolves when the counting view has every record that is in the topics now. */
async function foldedView(world: World, kafka: Kafka): Promise<void> {
  const source = createKafkaSource(kafka, topicPrefix);
  const heads = [...(await source.heads(lanes))].filter(([, head]) => head >= 0);
  await source.close();
  const view = openViewReader(projectionsFolder(world.viewsState), counting.name);
  try {
    const behind = () => {
      const positions = view.positions();
      return heads.filter(([stream, head]) => (positions.get(stream) ?? -1) < head);
    };
    await eventually('the projection to arrive', () => behind().length === 0, settleMsMax);
  } finally {
    view.close();
  }
}

function viewOf(world: World): Map<string, number> {
  const view = openViewReader(projectionsFolder(world.viewsState), counting.name);
  try {
    return new Map([...view.query('events')].map(({ id, times }) => [String(id), Number(times)]));
  } finally {
    view.close();
  }
}

/** Everything in the topics of the lanes, by a plain consumer that knows nothing of ours. */
async function topicRecords(kafka: Kafka): Promise<TopicRecord[]> {
  const topics = lanes.map((lane) => topicName(topicPrefix, lane));
  const admin = kafka.admin();
  await admin.connect();
  const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
  await admin.disconnect();
  const wanted = ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  const records: TopicRecord[] = [];
  const consumer = kafka.consumer({ groupId: `judge.${process.pid}.${performance.now()}`, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message: { offset, key, value, headers } }) => {
      const place = { topic, partition, offset: Number(offset), key: String(key), text: String(value) };
      records.push({ ...place, id: String(headers?.ce_id) });
    },
  });
  await eventually('all records', () => records.length >= wanted, settleMsMax);
  await consumer.disconnect();
  return records;
}
