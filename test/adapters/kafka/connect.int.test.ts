import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka, type KafkaAccess } from '../../../src/adapters/kafka/connect.ts';
import { kafkaTrouble } from '../../../src/adapters/kafka/errors.ts';
import { freePort } from '../../support/free-port.ts';
import { kafkaMissing, type LabKafka, startKafka } from '../../support/kafka.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: everything with a real Kafka broker. ${missing}`);

describe.skipIf(missing !== undefined)('a client of a real broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-'));
  const passwordFile = join(folder, 'password');
  let kafka: LabKafka;
  beforeAll(async () => {
    kafka = await startKafka({ tls: true, users: [{ name: 'gateway', password: 'right' }] });
  }, 90_000);
  afterAll(async () => {
    await kafka?.close();
    rmSync(folder, { recursive: true });
  });

  const access = (more: Partial<KafkaAccess> = {}): KafkaAccess => ({
    brokers: [kafka.brokers],
    clientId: 'test',
    tls: false,
    requestTimeoutMs: 3000,
    connectTimeoutMs: 1000,
    ...more,
  });
  const secure = (mechanism: 'scram-sha-256' | 'scram-sha-512', password: string): KafkaAccess => {
    writeFileSync(passwordFile, `${password}\n`);
    const sasl = { mechanism, username: 'gateway', passwordFile } as const;
    return access({ brokers: [kafka.secureBrokers], tls: true, caFile: kafka.caFile, sasl });
  };

  /** Names of topics, or the trouble. */
  async function look(how: KafkaAccess) {
    const problems: string[] = [];
    const admin = (await connectKafka(how, (problem) => problems.push(problem))).admin();
    try {
      await admin.connect();
      return { topics: await admin.listTopics(), problems };
    } catch (error) {
      return { trouble: kafkaTrouble(error), problems };
    } finally {
      await admin.disconnect();
    }
  }

  test('plain', async () => {
    expect(await look(access())).toEqual({ topics: [], problems: [] });
  });

  test.each(['scram-sha-256', 'scram-sha-512'] as const)('TLS and %s', async (mechanism) => {
    expect(await look(secure(mechanism, 'right'))).toMatchObject({ topics: [] });
  });

  test('a wrong password is refused, and told without the password', async () => {
    const { trouble, problems } = await look(secure('scram-sha-512', 'wrong-pass-word'));
    expect(trouble).toBe('refused');
    expect(problems.join()).not.toContain('wrong-pass-word');
  });

  test('a certificate of an authority that is not trusted is refused', async () => {
    const { caFile: _, ...untrusting } = secure('scram-sha-512', 'right');
    expect(await look(untrusting)).toMatchObject({ trouble: 'refused' });
  });

  test('no broker is away', async () => {
    expect(await look(access({ brokers: [`127.0.0.1:${await freePort()}`] }))).toMatchObject({ trouble: 'away' });
  });

  test('an idle connection sleeps', async () => {
    const admin = (await connectKafka(access(), () => undefined)).admin();
    await admin.connect();
    await admin.listTopics();
    let checks = 0;
    const original = globalThis.setTimeout;
    globalThis.setTimeout = ((...given: Parameters<typeof setTimeout>) => {
      checks++;
      return original(...given);
    }) as typeof setTimeout;
    try {
      await new Promise((resolve) => original(resolve, 200));
    } finally {
      globalThis.setTimeout = original;
    }
    await admin.disconnect();
    // Without the mend it is about one in a millisecond.
    expect(checks).toBeLessThan(20);
  });
});
