import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { kafkaMissing, type LabKafka, startKafka } from '../support/kafka.ts';
import { mail, textPart } from '../support/mails.ts';
import { Lab } from '../support/processes.ts';
import { SmtpClient, SmtpClientClosed } from '../support/smtp-client.ts';
import { topicContents } from '../support/topic-contents.ts';

const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: kill -9 of a gateway with Kafka. ${missing}`);

describe.skipIf(missing !== undefined)('a gateway with Kafka', () => {
  let kafka: LabKafka;
  let lab: Lab;
  beforeAll(async () => {
    kafka = await startKafka();
    lab = new Lab({ 'kafka.brokers': kafka.brokers, 'kafka.topic_prefix': 'e2e' });
    await lab.sps(await freePort()).then((sps) => {
      given['smart_scan.servers'] = `https://127.0.0.1:${sps.port}`;
    });
    given['next_hop.url'] = `maildir:${lab.folder}/maildir`;
  }, 90_000);
  afterAll(async () => {
    await lab?.close();
    await kafka?.close();
  });
  const given: Record<string, string> = {};

  /** Sends until the gateway is gone. */
  async function sendAllTheTime(address: string): Promise<void> {
    try {
      await using client = await SmtpClient.connect(address);
      for (;;) await client.send(mail(textPart('x\n')));
    } catch (error) {
      if (!(error instanceof SmtpClientClosed) && (error as { code?: string }).code !== 'ECONNREFUSED') throw error;
    }
  }

  const journal = async () =>
    (await lab.command('events', '--format', 'json')).stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { id: string; subject: string; sequence: number });

  test('kill -9 while mail flows: after the next start Kafka has every event of the journal, in order', async () => {
    expect((await lab.command('kafka', 'init')).code).toBe(0);
    const client = await connectKafka(
      { brokers: [kafka.brokers], clientId: 'test', tls: false, requestTimeoutMs: 5_000, connectTimeoutMs: 1_000 },
      () => undefined,
    );
    for (let round = 0; round < 3; round++) {
      const gateway = await lab.gateway(given);
      const senders = Array.from({ length: 4 }, () => sendAllTheTime(gateway.address));
      const before = (await journal()).length;
      await eventually('100 events more', async () => (await journal()).length > before + 100);
      await gateway.kill();
      await Promise.all(senders);
    }
    const last = await lab.gateway(given);
    const logged = await journal();
    const inKafka = await eventually('every event in Kafka', async () => {
      const records = await topicContents(client, 'e2e');
      const ids = new Set(records.map(({ headers }) => headers.ce_id));
      return logged.every(({ id }) => ids.has(id)) && records;
    });
    await last.stop();

    const sequenceOf = new Map(logged.map(({ id, sequence }) => [id, sequence]));
    const lastOf = new Map<string, number>();
    const seen = new Set<string>();
    for (const { key = '', headers } of inKafka) {
      const id = headers.ce_id ?? '';
      const sequence = sequenceOf.get(id);
      // What was sent twice is the same event; what came after the look at the journal is not judged.
      if (sequence === undefined || seen.has(id)) continue;
      seen.add(id);
      expect(sequence).toBeGreaterThan(lastOf.get(key) ?? 0);
      lastOf.set(key, sequence);
    }
    expect(seen.size).toBe(logged.length);
  }, 120_000);

  test('without [kafka] brokers the relay no longer holds the journal, and says so', async () => {
    const gateway = await lab.gateway({ ...given, 'kafka.brokers': '' });
    await gateway.untilOutput(/brokers is empty now/);
    await gateway.stop();
    const again = await lab.gateway({ ...given, 'kafka.brokers': '' });
    await again.stop();
    expect(again.stdout).not.toContain('brokers is empty now');
  }, 60_000);
});
