import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import kafkajs, { type Kafka, type TopicMessages } from 'kafkajs';
import { systemClock } from '../src/actors/ports/clock.ts';
import { startRelay, usualWaits } from '../src/actors/relay/relay.ts';
import { createJournal } from '../src/adapters/journal/create-journal.ts';
import { openTextReader } from '../src/adapters/journal/open-text-reader.ts';
import { connectKafka } from '../src/adapters/kafka/connect.ts';
import { createPublisher } from '../src/adapters/kafka/publisher.ts';
import { toRecord } from '../src/adapters/kafka/record.ts';
import type { Envelope } from '../src/events/envelope.ts';
import { topicName, topicPurposes } from '../src/events/topics.ts';
import { startKafka } from '../test/support/kafka.ts';
import { median, spread } from './support/figures.ts';

const rounds = Number(process.env.RUNS ?? 5);
const events = Number(process.env.EVENTS ?? 100_000);
const eventsPerCommit = 50;

/** About 650 bytes of JSON, as a scan writes them; ten to an aggregate. */
function event(number: number): Envelope {
  const scan = `6F9619FF-8B86-D011-B42D-${Math.floor(number / 10)
    .toString(16)
    .toUpperCase()
    .padStart(12, '0')}`;
  return {
    specversion: '1.0',
    id: `6f9619ff-8b86.${number.toString(36)}`,
    source: '/sekisho/gateway/mx1',
    type: 'sekisho.scan.query-filter.v1',
    time: new Date().toISOString(),
    subject: `scan/${scan}`,
    datacontenttype: 'application/json',
    dataschema: 'urn:sekisho:schema:sekisho.scan.query-filter.v1',
    streamversion: (number % 10) + 1,
    severitytext: 'DEBUG',
    data: {
      ...{ from: 'AgentPattern', state: 'QueryFilter', transition: 'scan.AgentPattern:always:2' },
      files: [{ path: ['a.bin'], size: number, sha256: [scan.repeat(2)], place: 'attachment', part: 1 }],
      components: { agent: '2026112400', conventional: '2026112400', filter: scan, filterAgeMs: number },
    },
    correlationid: scan,
    causationid: `6f9619ff-8b86.${(number - 1).toString(36)}`,
  };
}

const perSecond = (ms: number) => Math.round((events / ms) * 1000);

/** Events a second of the relay from the journal, beside kafkajs with the same batches ready in memory, and kcat; in turn. */
export async function relay(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const lab = await startKafka();
  const access = {
    brokers: [lab.brokers],
    clientId: 'bench',
    tls: false,
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 1_000,
  };
  const connect = () => connectKafka(access, () => undefined);
  await fill(folder);
  const texts = allTexts(folder);
  const prefix = 'bench';
  await createTopics(await connect(), prefix);
  const batches = texts.map((batch) =>
    batch.map((text) => toRecord(text, String(Date.now()))?.message ?? { value: '' }),
  );
  await writeFile(
    join(folder, 'lines'),
    texts
      .flat()
      .map(({ text }) => `${event(0).subject}\t${text}\n`)
      .join(''),
  );
  const found: Record<'relay' | 'kafkajs' | 'kcat', number[]> = { relay: [], kafkajs: [], kcat: [] };
  for (let round = 0; round <= rounds; round++) {
    const own = await relayed(folder, prefix, connect);
    const bare = await produced(
      await connect(),
      batches.map((messages) => [{ topic: topicName(prefix, 'scans'), messages }]),
    );
    const limit = await byKcat(lab.brokers, topicName(prefix, 'scans'), join(folder, 'lines'));
    // The first round warms up.
    if (round === 0) continue;
    found.relay.push(own);
    found.kafkajs.push(bare);
    if (limit !== undefined) found.kcat.push(limit);
  }
  await lab.close();
  await rm(folder, { recursive: true, force: true });
  const ratios = found.relay.map((ms, round) => (found.kafkajs[round] ?? Number.NaN) / ms);
  const ofKcat = found.relay.map((ms, round) => (found.kcat[round] ?? Number.NaN) / ms);
  return [
    `${events} events of ${texts[0]?.[0]?.text.length} bytes in ${texts.length} batches, ${rounds} rounds, broker on the same machine.`,
    '',
    '| | events/s (median) | relay as a share of it |',
    '|---|---|---|',
    `| relay, from the journal | ${perSecond(median(found.relay))} | |`,
    `| kafkajs, the same batches ready in memory | ${perSecond(median(found.kafkajs))} | ${spread(ratios)} |`,
    found.kcat.length > 0
      ? `| kcat -P, the limit | ${perSecond(median(found.kcat))} | ${spread(ofKcat)} |`
      : '| kcat is not installed | | |',
  ].join('\n');
}

async function fill(folder: string): Promise<void> {
  const journal = await createJournal({ folder, freeBytesMin: 0 });
  for (let number = 1; number <= events; number++) {
    journal.append('scans', event(number));
    if (number % eventsPerCommit === 0) await journal.durable();
  }
  await journal.close();
}

function allTexts(folder: string) {
  const reader = openTextReader(folder);
  const batches = [];
  for (let after = 0; ; ) {
    const batch = reader.read(after);
    const last = batch.at(-1);
    if (last === undefined) break;
    batches.push(batch);
    after = last.sequence;
  }
  reader.close();
  return batches;
}

async function createTopics(kafka: Kafka, prefix: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = topicPurposes.map((purpose) => ({ topic: topicName(prefix, purpose), numPartitions: 6 }));
  await admin.createTopics({ waitForLeaders: true, topics });
  await admin.disconnect();
}

/** Milliseconds from its connection to the last confirmation. */
async function relayed(folder: string, prefix: string, connect: () => Promise<Kafka>): Promise<number> {
  const reader = openTextReader(folder);
  const { promise, resolve } = Promise.withResolvers<number>();
  const publisher = createPublisher({ connect, topicPrefix: prefix });
  let begun = 0;
  const running = startRelay({
    clock: systemClock,
    source: { read: (after) => reader.read(after), more: (_after, signal) => once(signal) },
    publisher: {
      ...{ publish: (batch) => publisher.publish(batch), disconnect: () => publisher.disconnect() },
      async connect() {
        await publisher.connect();
        begun = performance.now();
      },
    },
    confirm: (position) => position === events && resolve(performance.now() - begun),
    inspect: () => undefined,
    ...{ position: 0, crash: null, waits: usualWaits },
  });
  const ms = await promise;
  await running.stop();
  reader.close();
  return ms;
}

const once = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

async function produced(kafka: Kafka, batches: readonly TopicMessages[][]): Promise<number> {
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
  await producer.connect();
  const begun = performance.now();
  for (const topicMessages of batches)
    await producer.sendBatch({ topicMessages, acks: -1, compression: kafkajs.CompressionTypes.GZIP });
  const ms = performance.now() - begun;
  await producer.disconnect();
  return ms;
}

/** With its start, as it has no other way to be measured; undefined when it is not there. */
async function byKcat(brokers: string, topic: string, file: string): Promise<number | undefined> {
  const settings = ['acks=all', 'enable.idempotence=true', 'compression.level=1', 'partitioner=murmur2_random'];
  const argv = [
    '-P',
    '-b',
    brokers,
    '-t',
    topic,
    '-K',
    '\t',
    '-z',
    'gzip',
    ...settings.flatMap((each) => ['-X', each]),
    '-l',
    file,
  ];
  const begun = performance.now();
  try {
    await promisify(execFile)('kcat', argv);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return performance.now() - begun;
}
