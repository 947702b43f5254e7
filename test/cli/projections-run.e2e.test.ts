import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { eventually } from '../support/eventually.ts';
import { type PlainKafka, plainAccess, plainKafka, plainKafkaMissing } from '../support/kafka.ts';
import { Lab } from '../support/processes.ts';
import { eventText, processPrefix } from '../support/projections.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: sekisho projections run on a real broker. ${missing}`);

/** Events of many gateways, in topics, folded through consumer groups by a program of its own. */
describe.skipIf(missing !== undefined)('sekisho projections run', () => {
  let lab: Lab;
  let broker: PlainKafka;
  let kafka: Kafka;
  beforeAll(async () => {
    broker = await plainKafka();
    lab = new Lab({
      'kafka.brokers': broker.brokers,
      'kafka.topic_prefix': broker.prefix,
      'projections.source': 'kafka',
    });
    kafka = await connectKafka(plainAccess(broker.brokers), () => undefined);
    expect((await lab.command('kafka', 'init')).code).toBe(0);
  }, 90_000);
  afterAll(async () => {
    await lab?.close();
    await broker?.close();
  });

  async function produce(...values: readonly string[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    const messages = values.map((value) => ({ key: 'component/filter', value }));
    await producer.send({ topic: `${broker.prefix}.system.v1`, messages });
    await producer.disconnect();
  }
  let counter = 0;
  const stale = () =>
    eventText(processPrefix(1), ++counter, {
      type: 'sekisho.updater.stale.v1',
      subject: 'component/filter',
      severitytext: 'ERROR',
      data: { component: 'filter', version: '1' },
    });
  const systemEvents = async () => {
    const { stdout, stderr } = await lab.command('projections', 'list', '--format', 'json');
    const all = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const found = all.find(({ name }) => name === 'system-events');
    if (found === undefined) throw new Error(stderr);
    return found as { viewVersion: number | null; parked: number; lag: { lag: number; head: number }[] };
  };
  const caughtUp = (events: number) =>
    eventually(
      `all ${events} handled`,
      async () => {
        const found = await systemEvents();
        const heads = found.lag.reduce((sum, { head }) => sum + head + 1, 0);
        return found.viewVersion !== null && heads >= events && found.lag.every(({ lag }) => lag === 0)
          ? found
          : undefined;
      },
      40_000,
    );

  test('folds what is in the topics, goes on after kill -9, parks poison and tells it in the log', async () => {
    await produce(stale(), stale());
    const first = lab.run(['projections', 'run']);
    await caughtUp(2);
    await first.kill();
    await produce(stale(), 'no JSON', stale());
    const second = lab.run(['projections', 'run']);
    expect((await caughtUp(5)).parked).toBe(1);
    await second.untilOutput(/projection[ .]parked/);
    expect((await second.stop()).code).toBe(0);

    const consumer = kafka.consumer({ groupId: `${broker.prefix}-judge`, maxWaitTimeInMs: 200 });
    await consumer.connect();
    await consumer.subscribe({
      topics: [`${broker.prefix}.dead-letters.v1`, `${broker.prefix}.system.v1`],
      fromBeginning: true,
    });
    const seen: { topic: string; value: string; projection: string }[] = [];
    await consumer.run({
      eachMessage: async ({ topic, message: { value, headers } }) =>
        void seen.push({ topic, value: String(value), projection: String(headers?.projection ?? '') }),
    });
    await eventually('the dead letter', () =>
      seen.some(({ value, projection }) => value === 'no JSON' && projection === 'system-events'),
    );
    await eventually('the alert', () =>
      seen.some(({ value }) => value.includes('"type":"sekisho.projection.parked.v1"')),
    );
    await consumer.disconnect();
  }, 120_000);

  test('rebuild, from the topics', async () => {
    const { code, stderr } = await lab.command('projections', 'rebuild', 'system-events');
    expect(stderr).toMatch(/^system-events: rebuilt in /m);
    expect(code).toBe(0);
    expect((await systemEvents()).parked).toBe(1);
  }, 60_000);

  test('a gateway without brokers cannot be asked for it', async () => {
    const { code, stderr } = await lab.commandWith({ 'kafka.brokers': '' }, 'projections', 'list');
    expect(code).toBe(78);
    expect(stderr).toMatch(/brokers is empty/);
  });
});
