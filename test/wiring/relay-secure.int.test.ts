import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka, type KafkaAccess } from '../../src/adapters/kafka/connect.ts';
import { kafkaMissing, type LabKafka, startKafka } from '../support/kafka.ts';
import { createTopics, topicContents } from '../support/topic-contents.ts';
import { type RelayFixture, relayFixture } from './relay-fixture.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: the relay over TLS and SASL. ${missing}`);

describe.skipIf(missing !== undefined)('relay over TLS and SCRAM', () => {
  let lab: LabKafka;
  let fixture: RelayFixture;
  beforeAll(async () => {
    lab = await startKafka({ tls: true, users: [{ name: 'gateway', password: 'right' }] });
  }, 90_000);
  afterEach(() => fixture?.dispose());
  afterAll(() => lab?.close());

  const times = { clientId: 'test', requestTimeoutMs: 3_000, connectTimeoutMs: 1_000 };
  const inTheOpen = () => connectKafka({ ...times, brokers: [lab.brokers], tls: false }, () => undefined);

  /** A relay that has not started, and the file of its password. */
  async function ready(
    password: string,
    mechanism: 'scram-sha-256' | 'scram-sha-512' = 'scram-sha-512',
    trust: Pick<KafkaAccess, 'caFile'> = { caFile: lab.caFile },
  ): Promise<string> {
    const passwordFile = join(lab.caFile, '..', 'password');
    await writeFile(passwordFile, `${password}\n`);
    const sasl = { mechanism, username: 'gateway', passwordFile };
    fixture = await relayFixture({ ...times, ...trust, brokers: [lab.secureBrokers], tls: true, sasl });
    await createTopics(await inTheOpen(), fixture.prefix);
    return passwordFile;
  }

  async function expectAllArrive(): Promise<void> {
    await fixture.until('relaying');
    await fixture.untilSent();
    const records = await topicContents(await inTheOpen(), fixture.prefix);
    const values = records.map(({ value }) => value).sort();
    expect(values).toEqual([...fixture.texts.values()].sort());
  }

  test('a wrong password is an error that somebody must see; when it is mended everything arrives', async () => {
    const passwordFile = await ready('wrong');
    await fixture.start();
    await fixture.write(20);
    const refused = await fixture.until('refused');
    expect(refused.severitytext).toBe('ERROR');
    expect(JSON.stringify(refused)).not.toContain('wrong');
    await writeFile(passwordFile, 'right\n');
    await expectAllArrive();
  }, 60_000);

  test('so is a certificate of an authority that is not trusted', async () => {
    await ready('right', 'scram-sha-512', {});
    await fixture.start();
    expect(await fixture.until('refused')).toMatchObject({
      severitytext: 'ERROR',
      data: { failure: { message: expect.stringMatching(/certificate/) } },
    });
  });

  test('SCRAM-SHA-256 does, too', async () => {
    await ready('right', 'scram-sha-256');
    await fixture.write(20);
    await fixture.start();
    await expectAllArrive();
  });
});
