import { rm, symlink } from 'node:fs/promises';
import type { Kafka } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka, type KafkaAccess } from '../../src/adapters/kafka/connect.ts';
import { topicName, topicPurposes } from '../../src/events/topics.ts';
import { temporaryFolder } from '../adapters/journal/embedded-journal.ts';
import { kafkaMissing, type LabKafka, startKafka } from '../support/kafka.ts';
import { createTopics, type StoredRecord, topicContents } from '../support/topic-contents.ts';
import { type RelayFixture, relayFixture } from './relay-fixture.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: the relay to a real Kafka. ${missing}`);

/** Everything that was logged is there as it was, each aggregate in order; what is there twice is the same event. */
function expectAllOf(fixture: RelayFixture, records: readonly StoredRecord[]): void {
  const first = new Map<string, StoredRecord>();
  for (const record of records) {
    const id = record.headers.ce_id ?? '';
    expect(record.value).toBe(fixture.texts.get(id));
    if (!first.has(id)) first.set(id, record);
  }
  expect(first.size).toBe(fixture.texts.size);
  const versions = new Map<string, number>();
  for (const [id, { key, value }] of first) {
    const { streamversion } = JSON.parse(value) as { streamversion: number };
    // Each life of an actor counts anew, with ids of its own.
    const stream = `${key} ${id.replace(/(\.\w+|-\d+)$/, '')}`;
    expect(streamversion).toBeGreaterThan(versions.get(stream) ?? 0);
    versions.set(stream, streamversion);
  }
}

describe.skipIf(missing !== undefined)('relay to a real broker', () => {
  let lab: LabKafka;
  let access: KafkaAccess;
  let kafka: Kafka;
  let fixture: RelayFixture;
  beforeAll(async () => {
    lab = await startKafka();
    access = { brokers: [lab.brokers], clientId: 'test', tls: false, requestTimeoutMs: 700, connectTimeoutMs: 500 };
    kafka = await connectKafka({ ...access, requestTimeoutMs: 5_000 }, () => undefined);
  }, 90_000);
  afterEach(() => fixture?.dispose());
  afterAll(() => lab?.close());

  const ready = async (options: Parameters<typeof relayFixture>[1] = {}) => {
    fixture = await relayFixture(access, options);
    await createTopics(kafka, fixture.prefix);
  };
  const contents = () => topicContents(kafka, fixture.prefix);

  test('what is there already and what comes: byte for byte, by aggregate, in order, with its headers', async () => {
    await ready();
    await fixture.write(50);
    await fixture.start();
    await fixture.write(50);
    await fixture.untilSent();
    const records = await contents();
    expectAllOf(fixture, records);
    expect(records).toHaveLength(fixture.texts.size);
    for (const { key, value, headers, purpose } of records) {
      const event = JSON.parse(value);
      expect(key).toBe(event.subject);
      expect(headers).toEqual({
        'content-type': 'application/cloudevents+json; charset=UTF-8',
        ce_type: event.type,
        ce_id: event.id,
      });
      expect(purpose).toBe(event.type.startsWith('sekisho.scan.') ? 'scans' : 'system');
    }
    expect(fixture.told.map(({ type }) => type)).toEqual(['sekisho.relay.relaying.v1']);
  });

  test('many events are few requests', async () => {
    await ready();
    await fixture.write(2000);
    await fixture.start();
    await fixture.untilSent();
    const records = await contents();
    expectAllOf(fixture, records);
    expect(new Set(records.map(({ timestamp }) => timestamp)).size).toBeLessThan(20);
  });

  test('goes on where it was, sends nothing twice after a stop', async () => {
    await ready();
    await fixture.start();
    await fixture.write(30);
    await fixture.untilSent();
    await fixture.stop();
    await fixture.write(30);
    await fixture.start();
    await fixture.untilSent();
    const records = await contents();
    expectAllOf(fixture, records);
    expect(records).toHaveLength(fixture.texts.size);
  });

  test('broker killed and started again under load: nothing is lost, the outage is told once', async () => {
    await ready();
    await fixture.start();
    await fixture.until('relaying');
    await fixture.write(200);
    await lab.kill();
    await fixture.write(200);
    await fixture.until('away');
    await fixture.write(200);
    await lab.start();
    await fixture.write(200);
    await fixture.until('relaying', 2);
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
    expect(fixture.told.map(({ type, severitytext }) => [type, severitytext])).toEqual([
      ['sekisho.relay.relaying.v1', 'INFO'],
      ['sekisho.relay.away.v1', 'WARN'],
      ['sekisho.relay.relaying.v1', 'INFO'],
    ]);
  }, 60_000);

  test('broker that hangs and comes back: nothing is lost', async () => {
    await ready();
    await fixture.start();
    await fixture.until('relaying');
    lab.pause();
    try {
      await fixture.write(300);
      await fixture.until('away');
    } finally {
      lab.resume();
    }
    await fixture.until('relaying', 2);
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
  }, 60_000);

  test('broker away at the start: mail need not wait, and all of it arrives', async () => {
    await ready();
    await lab.stop();
    await fixture.start();
    await fixture.write(100);
    await fixture.until('away');
    await lab.start();
    await fixture.until('relaying');
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
  }, 60_000);

  test('a topic is missing: says which and what to do, and goes on when it is there', async () => {
    fixture = await relayFixture(access);
    await createTopics(
      kafka,
      fixture.prefix,
      topicPurposes.filter((purpose) => purpose !== 'scans'),
    );
    await fixture.start();
    await fixture.write(20);
    expect(await fixture.until('stuck')).toMatchObject({
      severitytext: 'ERROR',
      data: {
        failure: {
          message: `the topic ${topicName(fixture.prefix, 'scans')} is missing`,
          remedy: 'sekisho kafka init',
        },
      },
    });
    await createTopics(kafka, fixture.prefix, ['scans']);
    await fixture.until('relaying');
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
  }, 60_000);

  test('an event that its topic does not take is put aside and told, and the others are not held up', async () => {
    await ready();
    const large = Array.from({ length: 400_000 }, (_, index) => Math.sin(index).toString(36)).join('');
    await fixture.write(30, (number) => (number === 15 ? { data: { large } } : {}));
    await fixture.start();
    expect(await fixture.until('put-aside')).toMatchObject({
      severitytext: 'ERROR',
      data: { putAside: 1, trigger: { reason: 'over-large', id: 'test-15', aggregate: 'scan/1', sequence: 15 } },
    });
    await fixture.untilSent();
    const records = await contents();
    const [letter, ...others] = records.filter(({ purpose }) => purpose === 'dead-letters');
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key: 'scan/1', headers: { ce_id: 'test-15', reason: 'over-large' } });
    expect(JSON.parse(letter?.value ?? '')).toEqual({
      ...{
        sequence: 15,
        reason: 'over-large',
        id: 'test-15',
        eventType: 'sekisho.scan.acting.v1',
        aggregate: 'scan/1',
      },
      bytes: Buffer.byteLength(fixture.texts.get('test-15') ?? ''),
    });
    fixture.texts.delete('test-15');
    expectAllOf(
      fixture,
      records.filter(({ purpose }) => purpose !== 'dead-letters'),
    );
  }, 60_000);

  test('times far in the future or past do not matter: records have the time of sending', async () => {
    await ready();
    const before = Date.now();
    const times = ['2999-01-01T00:00:00.000Z', '1999-01-01T00:00:00.000Z'];
    await fixture.write(2, (number) => ({ time: times[number - 1] ?? '' }));
    await fixture.start();
    await fixture.untilSent();
    const records = await contents();
    expectAllOf(fixture, records);
    for (const { timestamp } of records) {
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(timestamp).toBeLessThanOrEqual(Date.now());
    }
  });

  test('a journal full while the broker is away opens again by itself, and everything that it took arrives', async () => {
    await ready({ bytesMax: 1024 ** 2, daysMax: 0 });
    await fixture.start();
    await fixture.until('relaying');
    await lab.kill();
    const padding = 'x'.repeat(4_000);
    while (fixture.journal.state() === 'open') {
      await fixture.write(10, () => ({ data: { padding } })).catch(() => undefined);
    }
    expect(fixture.journal.state()).toBe('full');
    await lab.start();
    await expect.poll(() => fixture.journal.state(), { timeout: 20_000 }).toBe('open');
    await fixture.write(1);
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
  }, 60_000);

  test('events that retention took before they were sent are told, and the others go on', async () => {
    await ready({ daysMax: 0, retryMs: 5 });
    await fixture.start();
    await fixture.until('relaying');
    await fixture.untilSent();
    const before = await fixture.position();
    await fixture.stop();
    await fixture.journal.forget('relay/kafka');
    await fixture.write(40);
    // With no reader to wait for, retention takes all that is there.
    await expect
      .poll(() =>
        fixture.journal
          .read({ after: 0 })
          [Symbol.asyncIterator]()
          .next()
          .then(({ done }) => done),
      )
      .toBe(true);
    const head = fixture.journal.head();
    await fixture.journal.confirm('relay/kafka', before);
    await fixture.write(5);
    await fixture.start();
    expect(await fixture.until('gap')).toMatchObject({
      severitytext: 'ERROR',
      data: { gaps: 1, trigger: { expected: before + 1, found: head + 1 } },
    });
    await fixture.untilSent();
    const ids = (await contents()).map(({ headers }) => headers.ce_id);
    expect(ids).toEqual(expect.arrayContaining(['test-41', 'test-42', 'test-43', 'test-44', 'test-45']));
    expect(ids).not.toContain('test-1');
  }, 60_000);

  test('a thread that breaks down is started again and says why', async () => {
    const folder = await temporaryFolder();
    await rm(folder, { recursive: true });
    fixture = await relayFixture(access, { journalFolder: folder });
    await createTopics(kafka, fixture.prefix);
    await fixture.write(10);
    await fixture.start();
    await expect.poll(() => fixture.problems.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const { folder: real } = fixture;
    await symlink(real, folder);
    expect(await fixture.until('relaying')).toMatchObject({
      severitytext: 'WARN',
      data: { input: { crash: expect.stringContaining('there is no journal') } },
    });
    await fixture.untilSent();
    expectAllOf(fixture, await contents());
    await rm(folder);
  });
});
