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
    kafka = await startKafka({
      tls: true,
      users: [{ name: 'gateway', password: 'right' }],
      properties: {
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.sasl_ssl.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_gateway="right";',
      },
    });
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
  const secure = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password: string): KafkaAccess => {
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

  describe.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('TLS and %s', (mechanism) => {
    test('the right password', async () => {
      expect(await look(secure(mechanism, 'right'))).toEqual({ topics: [], problems: [] });
    });

    test('a wrong password is refused, and told without the password', async () => {
      const { trouble, problems } = await look(secure(mechanism, 'wrong-pass-word'));
      expect(trouble).toBe('refused');
      expect(problems.join()).not.toContain('wrong-pass-word');
    });
  });

  test('SASL where the broker wants none is refused; without it where it wants some, the broker only hangs up', async () => {
    const { sasl, ...unnamed } = secure('scram-sha-512', 'right');
    expect(await look(unnamed)).toMatchObject({ trouble: 'away' });
    expect(await look(access(sasl === undefined ? {} : { sasl }))).toMatchObject({ trouble: 'refused' });
  });

  test('TLS to a plain port, and plain text to a port of TLS, find no broker', async () => {
    const { sasl: _, ...tls } = secure('scram-sha-512', 'right');
    expect(await look({ ...tls, brokers: [kafka.brokers] })).toMatchObject({ trouble: 'away' });
    expect(await look(access({ brokers: [kafka.secureBrokers] }))).toMatchObject({ trouble: 'away' });
  });

  test('a password that is not there is told by its file', async () => {
    const sasl = { mechanism: 'plain', username: 'gateway', passwordFile: join(folder, 'nothing') } as const;
    await expect(connectKafka(access({ sasl }), () => undefined)).rejects.toThrow(/ENOENT.*nothing/);
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
