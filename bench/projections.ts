import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import kafkajs, { type Kafka } from 'kafkajs';
import { openCommitter } from '../src/adapters/journal/commit.ts';
import { openJournalSource } from '../src/adapters/journal/journal-source.ts';
import { connectKafka } from '../src/adapters/kafka/connect.ts';
import { createKafkaSource } from '../src/adapters/kafka/kafka-source.ts';
import { openViewStore } from '../src/adapters/projection-store/open-view-store.ts';
import type { Envelope } from '../src/events/envelope.ts';
import { topicName } from '../src/events/topics.ts';
import type { EventSource } from '../src/projections/ports/event-source.ts';
import { rebuildView } from '../src/projections/runtime/read-into-view.ts';
import { systemEvents } from '../src/projections/system-events/system-events.ts';
import { plainAccess, plainKafka, plainKafkaMissing } from '../test/support/kafka.ts';
import { median, spread } from './support/figures.ts';

const count = Number(process.env.EVENTS ?? 1_000_000);
const rounds = Number(process.env.RUNS ?? 3);
const batch = 1000;

/** About 600 bytes, of a type that makes a line of the log: nothing is passed over. */
function eventText(number: number): string {
  const event: Envelope = {
    specversion: '1.0',
    id: `0123abcd-4567.${number.toString(36)}`,
    source: '/sekisho/gateway/mx1.example.org',
    type: 'sekisho.updater.failed.v1',
    time: new Date(1_700_000_000_000 + number * 10).toISOString(),
    subject: 'component/filter',
    datacontenttype: 'application/json',
    dataschema: 'urn:sekisho:schema:sekisho.updater.failed.v1',
    causationid: `0123abcd-4567.${(number - 1).toString(36)}`,
    streamversion: number,
    severitytext: 'WARN',
    data: {
      from: 'Checking',
      state: 'Failed',
      transition: 'updater.Checking:xstate.error.actor.check:1',
      trigger: { type: 'xstate.error.actor.check', error: { kind: 'refused', ageMs: 600_000, detail: 'x'.repeat(60) } },
      component: 'filter',
      version: '2026112401',
    },
  };
  return JSON.stringify(event);
}

function* batches(): Generator<string[]> {
  for (let first = 1; first <= count; first += batch) {
    yield Array.from({ length: Math.min(batch, count - first + 1) }, (_, index) => eventText(first + index));
  }
}

/** Rebuild of the log of system events over so many events, as a share of a loop that reads and parses them and does nothing else. */
export async function projections(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const lines = [
    `${count} events, all of them folded into a row; ${rounds} rounds, in turn.`,
    '',
    '| from | bare loop, events/s | rebuild, events/s | ratio (median, min to max) |',
    '|---|---|---|---|',
    await fromJournal(folder),
  ];
  const missing = plainKafkaMissing();
  lines.push(missing === undefined ? await fromKafka(folder) : `| Kafka | | | left out: ${missing} |`);
  await rm(folder, { recursive: true });
  return lines.join('\n');
}

async function fromJournal(folder: string): Promise<string> {
  const journal = join(folder, 'journal');
  await mkdir(journal);
  const committer = openCommitter({ folder: journal, bytesMax: 1024 ** 4, daysMax: 36_500, freeBytesMin: 0 });
  let first = 1;
  for (const texts of batches()) {
    const chunks = [{ offset: 0, count: texts.length, time: new Date().toISOString(), body: texts.join('\n') }];
    committer.commit({ first, count: texts.length, chunks, marks: [], readers: [] });
    first += texts.length;
  }
  const source = openJournalSource({ folder: journal });
  const bare = async () => {
    const db = new DatabaseSync(join(journal, 'journal.db'), { readOnly: true });
    let seen = 0;
    for (const { body } of db.prepare('SELECT body FROM batches ORDER BY first').iterate()) {
      for (const line of String(body).split('\n')) if (JSON.parse(line).id !== undefined) seen += 1;
    }
    db.close();
    return seen;
  };
  const line = await compare('journal', folder, source, bare);
  await source.close();
  committer.close();
  return line;
}

async function fromKafka(folder: string): Promise<string> {
  const { brokers, prefix, close } = await plainKafka();
  const kafka = await connectKafka(plainAccess(brokers), () => undefined);
  const topics = systemEvents.lanes.map((lane) => topicName(prefix, lane));
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 })),
  });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const texts of batches()) {
    const messages = texts.map((value) => ({ key: 'component/filter', value }));
    await producer.send({
      topic: topicName(prefix, 'system'),
      acks: -1,
      messages,
      compression: kafkajs.CompressionTypes.GZIP,
    });
  }
  await producer.disconnect();
  const source = createKafkaSource(kafka, prefix);
  let round = 0;
  const line = await compare('Kafka', folder, source, () =>
    bareConsumer(kafka, topicName(prefix, 'system'), `bare-${prefix}-${round++}`),
  );
  await source.close();
  await close();
  return line;
}

async function bareConsumer(kafka: Kafka, topic: string, groupId: string): Promise<number> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const all = Promise.withResolvers<number>();
  let seen = 0;
  await consumer.run({
    async eachBatch({ batch: { messages } }) {
      for (const { value } of messages) if (JSON.parse(String(value)).id !== undefined) seen += 1;
      if (seen >= count) all.resolve(seen);
    },
  });
  const found = await all.promise;
  await consumer.disconnect();
  return found;
}

/** One row of the table. */
async function compare(
  name: string,
  folder: string,
  source: EventSource,
  bare: () => Promise<number>,
): Promise<string> {
  const [bareRates, rates]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bareRates.push(await rate(bare));
    const store = openViewStore({
      folder: join(folder, `${name}-${round}`),
      projection: systemEvents,
      source: source.name,
    });
    const parts = { projection: systemEvents, store, source, now: Date.now };
    rates.push(
      await rate(async () => {
        await rebuildView(parts, { signal: new AbortController().signal }, {});
        return [...store.query('entries', { orderBy: 'time', newestFirst: true, limit: 1 })].length * count;
      }),
    );
    if (store.parked().length > 0) throw new Error('events were parked');
    store.close();
  }
  const ratios = rates.map((each, index) => each / (bareRates[index] ?? 1));
  return `| ${name} | ${Math.round(median(bareRates))} | ${Math.round(median(rates))} | ${spread(ratios)} |`;
}

/** Events a second. */
async function rate(work: () => Promise<number>): Promise<number> {
  const begin = performance.now();
  const seen = await work();
  if (seen !== count) throw new Error(`${seen} of ${count} events were seen`);
  return seen / ((performance.now() - begin) / 1000);
}
