import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { createPublisher } from '../../src/adapters/kafka/publisher.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { topicName } from '../../src/events/topics.ts';
import { eventually } from '../support/eventually.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../support/kafka.ts';
import { recordedHistories } from '../support/recorded-histories.ts';
import { root } from '../support/source-files.ts';
import { createTopics } from '../support/topic-contents.ts';

/** The consumers that kafka/README.md shows, run as it says, on what the relay's publisher writes. */

const missing = plainKafkaMissing();
const lacks = (command: string, ...argv: string[]) => spawnSync(command, argv, { stdio: 'ignore' }).status !== 0;
const python = lacks('python3', '-c', 'import confluent_kafka')
  ? 'python3 -m pip install -r kafka/consumers/requirements.txt'
  : undefined;
const kcat = lacks('kcat', '-V') ? 'apt-get install -y kcat' : undefined;

const textsOf = (name: string) => recordedHistories().find((history) => history.name === name)?.texts ?? [];
const eventOf = (text: string) => JSON.parse(text) as Envelope;
const alertsIn = (texts: readonly string[]) =>
  texts
    .map(eventOf)
    .filter(({ severitytext }) => severitytext === 'ERROR')
    .map(({ id, type }) => ({ id, type }));

const outage = textsOf('0.1.0/outage');
/** Its alert is of the same server, so that it comes last. */
const refused = textsOf('0.1.0/credentials');
const stale = textsOf('0.1.0/stale-component');

describe.skipIf(missing !== undefined)(`consumers${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let kafka: PlainKafka;
  const running = new Set<ChildProcess>();

  const connect = () => connectKafka(plainAccess(kafka.brokers), () => undefined);

  /** Sends them as the relay does. */
  async function send(topicPrefix: string, ...batches: readonly (readonly string[])[]): Promise<void> {
    const publisher = createPublisher({ connect, topicPrefix });
    await publisher.connect();
    for (const texts of batches) await publisher.publish(texts.map((text, index) => ({ sequence: index + 1, text })));
    await publisher.disconnect();
  }

  /** Topics of its own for a consumer, with an outage in them that was sent twice, as happens after a crash. */
  async function topicsFor(name: string): Promise<string> {
    const prefix = `${kafka.prefix}.${name}`;
    await createTopics(await connect(), prefix);
    // A broker that has just made a topic does not lead it at once; the relay would try again, too.
    const sent = () =>
      send(prefix, outage, outage, refused).then(
        () => true,
        () => false,
      );
    await eventually('the new topics take events', sent);
    return prefix;
  }

  /** Runs a consumer until it has shown so many alerts, and ends it; what it has shown. */
  async function alertsOf(command: readonly [string, ...string[]], prefix: string, count: number) {
    const [program, ...argv] = command;
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SEKISHO_KAFKA_BROKERS: kafka.brokers,
      SEKISHO_KAFKA_TOPIC_PREFIX: prefix,
    };
    const child = spawn(program, [...argv, `${prefix}.alerts`], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let shown = '';
    let told = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
    });
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    const lines = () => shown.split('\n').slice(0, -1);
    await eventually(
      `${count} alerts of ${program}`,
      () => lines().length >= count,
      25_000,
      () => told,
    );
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    return lines().map((line) => {
      const { id, type } = JSON.parse(line) as Envelope;
      return { id, type };
    });
  }

  beforeAll(async () => {
    kafka = await plainKafka();
  }, 90_000);
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  afterAll(() => kafka?.close());

  const consumers: [string, readonly [string, ...string[]], string | undefined][] = [
    ['alerts.mjs', [process.execPath, 'kafka/consumers/alerts.mjs'], undefined],
    ['alerts.py', ['python3', 'kafka/consumers/alerts.py'], python],
  ];
  test.for(consumers)(
    '%s shows each alert once, and goes on where it was',
    async ([name, command, without], context) => {
      context.skip(without !== undefined, `skipped: ${without}`);
      const prefix = await topicsFor(name);
      const first = alertsIn([...outage, ...refused]);
      expect(first.map(({ type }) => type)).toContain('sekisho.server.cached-invalid.v1');
      expect(await alertsOf(command, prefix, first.length)).toEqual(first);
      await send(prefix, stale);
      expect(await alertsOf(command, prefix, 1)).toEqual(alertsIn(stale));
    },
  );

  test('kcat shows key, headers and the event as it stands in the journal', async ({ skip }) => {
    skip(kcat !== undefined, `skipped: ${kcat}`);
    const topic = topicName(await topicsFor('kcat'), 'servers');
    const argv = ['-C', '-q', '-e', '-b', kafka.brokers, '-t', topic, '-f', '%k\t%h\t%s\n'];
    const { stdout } = spawnSync('kcat', argv, { encoding: 'utf8', timeout: 20_000 });
    const expected = [...outage, ...refused].flatMap((text) => {
      const { subject, type, id } = eventOf(text);
      const headers = `content-type=application/cloudevents+json; charset=UTF-8,ce_type=${type},ce_id=${id}`;
      return subject.startsWith('server/') ? [`${subject}\t${headers}\t${text}`] : [];
    });
    expect([...new Set(stdout.trimEnd().split('\n'))]).toEqual(expected);
  });
});
