import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NewRecord, writeRecords } from '../../src/adapters/kafka/compacted-topic.ts';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { settleTopics } from '../../src/adapters/kafka/topics.ts';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import type { Settings } from '../../src/adapters/settings/settings.ts';
import { createSpsClient } from '../../src/adapters/sps-client/sps-client.ts';
import { feedValue } from '../../src/sps/feed/reputation-entry.ts';
import { type Sps, startSps } from '../../src/sps/sps.ts';
import { exportReputation } from '../../src/wiring/export-reputation.ts';
import { topicPlans } from '../../src/wiring/kafka.ts';
import { type ReputationTopic, reputationKafka, startReputationFeed } from '../../src/wiring/reputation-feed.ts';
import { eventually } from '../support/eventually.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../support/kafka.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: reputation entries through a real Kafka. ${missing}`);

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
const hash = (digit: string) => digit.repeat(64);
const entry = (digit: string, name = `Mal.${digit}`, more: object = {}): NewRecord => ({
  key: hash(digit),
  value: feedValue({ verdict: 'malicious', name, source: 'partner', ...more }),
});

interface Server {
  folder: string;
  stopFeed(): Promise<void>;
  /** What it answers about hashes: verdict, or name and source. */
  says(...hashes: string[]): Promise<string[]>;
  close(): Promise<void>;
}

describe.skipIf(missing !== undefined)('through a real Kafka', () => {
  let lab: PlainKafka;
  let kafka: Kafka;
  let count = 0;
  let topic: ReputationTopic;
  let folder: string;
  let settings: Settings;
  let servers: Server[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    lab = await plainKafka();
    kafka = await connectKafka(plainAccess(lab.brokers), () => {});
  }, 90_000);
  afterAll(() => lab?.close());

  async function makeTopics(): Promise<void> {
    await settleTopics(kafka, topicPlans(settings.kafka), true);
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'feed-'));
    problems.length = 0;
    const environment = { SEKISHO_KAFKA_BROKERS: lab.brokers, SEKISHO_KAFKA_TOPIC_PREFIX: `${lab.prefix}.${++count}` };
    settings = readSettings({ environment, cwd: folder });
    topic = reputationKafka(settings) as ReputationTopic;
    await makeTopics();
  });
  afterEach(async () => {
    for (const one of servers) await one.close();
    servers = [];
    rmSync(folder, { recursive: true });
  });

  /** A server, with a feed if that is wanted, and what it answers. */
  async function server(name: string, isFed: boolean): Promise<Server> {
    const own = join(folder, name);
    mkdirSync(own);
    const onProblem = (problem: string) => problems.push(problem);
    const sps: Sps = await startSps({ folder: own, host: '127.0.0.1', port: 0, importPollMs: 50, onProblem });
    const stopFeed = isFed
      ? startReputationFeed({ ...topic, folder: own, onImported: () => {}, onProblem })
      : undefined;
    const client = createSpsClient({ caFile: sps.caFile });
    const address = { id: 'sps', host: '127.0.0.1', port: sps.port };
    const started: Server = {
      folder: own,
      stopFeed: stopFeed ?? (async () => {}),
      async says(...hashes) {
        const { answers } = await client.query(address, hashes, AbortSignal.timeout(10_000));
        return answers.map(({ verdict, name, source }) => (verdict === 'malicious' ? `${name} by ${source}` : verdict));
      },
      async close() {
        await stopFeed?.();
        await client.close();
        await sps.close();
      },
    };
    servers.push(started);
    return started;
  }
  const write = (...records: NewRecord[]) => writeRecords(kafka, topic.topic, [records]);
  const eventuallySays = (one: Server, hashes: string[], answers: string[]) =>
    expect.poll(() => one.says(...hashes), { timeout: 30_000, interval: 100 }).toEqual(answers);

  test('entries become known with their source; a newer one replaces, a tombstone takes back; what is no entry is told and passed over', async () => {
    await write(entry('a'), entry('b', 'Old'), { key: 'nonsense', value: 'x' }, entry('b', 'New'));
    const fed = await server('fed', true);
    await eventuallySays(
      fed,
      [hash('a'), hash('b'), eicar],
      ['Mal.a by kafka.partner', 'New by kafka.partner', 'Eicar-Test-Signature by starter'],
    );
    expect(problems).toEqual([expect.stringMatching(/1 records of .* are no reputation entries/)]);
    await write({ key: hash('a'), value: null }, entry('c'));
    await eventuallySays(
      fed,
      [hash('a'), hash('b'), hash('c')],
      ['unknown', 'New by kafka.partner', 'Mal.c by kafka.partner'],
    );
    expect(readdirSync(fed.folder)).toContain('kafka-feed.db');
    await fed.stopFeed();
    expect(readdirSync(fed.folder)).not.toContain('kafka-feed.db');
  });

  test('what was taken back while nobody read is gone after the next start, though no tombstone is left', async () => {
    await write(entry('a'), entry('b'));
    const fed = await server('fed', true);
    await eventuallySays(fed, [hash('a'), hash('b')], ['Mal.a by kafka.partner', 'Mal.b by kafka.partner']);
    await fed.stopFeed();
    // As compaction leaves it when tombstones are older than they are kept: the record is not there, and nothing says so.
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic.topic] });
    await admin.disconnect();
    await makeTopics();
    await write(entry('b'));
    const stop = startReputationFeed({ ...topic, folder: fed.folder, onImported: () => {}, onProblem: () => {} });
    await eventuallySays(fed, [hash('a'), hash('b')], ['unknown', 'Mal.b by kafka.partner']);
    await stop();
  });

  test('an entry counts until it expires', async () => {
    await write(entry('b'));
    const fed = await server('fed', true);
    await eventuallySays(fed, [hash('b')], ['Mal.b by kafka.partner']);
    // Long enough for a busy machine to take it in and publish it before.
    await write(entry('a', 'Mal.a', { expires: new Date(Date.now() + 12_000).toISOString() }));
    await eventuallySays(fed, [hash('a'), hash('b')], ['Mal.a by kafka.partner', 'Mal.b by kafka.partner']);
    await eventuallySays(fed, [hash('a'), hash('b')], ['unknown', 'Mal.b by kafka.partner']);
  }, 60_000);

  test('one server fills another: what it exports, only what differs, in both directions', async () => {
    const first = await server('first', false);
    expect(await exportReputation({ ...topic, folder: first.folder })).toEqual({ written: 2, takenBack: 0 });
    expect(await exportReputation({ ...topic, folder: first.folder })).toEqual({ written: 0, takenBack: 0 });
    const second = await server('second', true);
    await write(entry('d'));
    await eventuallySays(second, [hash('d')], ['Mal.d by kafka.partner']);
    // The second has all that the topic has: nothing to write, whatever the sources are called by now.
    expect(await exportReputation({ ...topic, folder: second.folder })).toEqual({ written: 0, takenBack: 0 });
    expect(await exportReputation({ ...topic, folder: first.folder })).toEqual({ written: 0, takenBack: 1 });
    await eventuallySays(second, [hash('d')], ['unknown']);
  });

  test('without the topic it says what to do', async () => {
    const none = { ...topic, topic: `${topic.topic}.none` };
    const told: string[] = [];
    const own = join(folder, 'none');
    mkdirSync(own);
    const stop = startReputationFeed({
      ...none,
      folder: own,
      onImported: () => {},
      onProblem: (text) => told.push(text),
    });
    await eventually('the problem', () => Promise.resolve(told.length > 0));
    expect(told).toEqual([expect.stringMatching(/sekisho kafka init/)]);
    await stop();
  });
});
