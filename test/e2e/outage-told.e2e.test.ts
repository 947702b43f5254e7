import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { kafkaMissing, type LabKafka, startKafka } from '../support/kafka.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Postfix, postfixMissing, startPostfix } from '../support/postfix.ts';
import { type Follower, Lab, type LabSps, type SekishoProcess, type SettingsGiven } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type Snmptrapd, snmpMissing, startSnmptrapd } from '../support/snmptrapd.ts';

/**
 * An outage as the administrator of the specification sees it: real Postfix before and behind the gateway and as the relay of
 * notifications, a Maildir, a real snmptrapd that gets SNMPv3 informs, 20 sessions of mail.
 */

const missing = [postfixMissing(), snmpMissing()].filter((each) => each !== undefined).join('; ');
if (missing !== '') console.warn(`SKIPPED: an outage as administrators see it. ${missing}`);
const noKafka = kafkaMissing();
if (noKafka !== undefined) console.warn(`SKIPPED: an outage with Kafka as the source. ${noKafka}`);

const files = Array.from({ length: 3000 }, (_, number) => Buffer.from(`only the server knows this: ${number}`));
const sessions = 20;
const keys = { auth: 'auth-passphrase', priv: 'priv-passphrase' };
const kinds = ['failover', 'server-recovered', 'server-unavailable'];

let lab: Lab;
let postfix: Postfix;
let snmp: Snmptrapd;
let sps: LabSps;
let spsPort: number;
let gateway: SekishoProcess;
let journal: Follower;
let isOver: boolean;
let sent: number;

async function prepare(more: SettingsGiven = {}): Promise<void> {
  const [smtpPort, backPort] = [await freePort(), await freePort()];
  spsPort = await freePort();
  const gatewayAddress = `127.0.0.1:${smtpPort}`;
  postfix = await startPostfix(gatewayAddress, backPort);
  const { auth, priv } = keys;
  snmp = await startSnmptrapd({
    users: [{ name: 'informer', auth: 'SHA-256', authKey: auth, priv: 'AES', privKey: priv }],
  });
  lab = new Lab({
    'smart_protection.cache_seconds': 8,
    'smart_scan.query_timeout_ms': 1000,
    'smart_scan.servers': `https://127.0.0.1:${spsPort}`,
    'smtp.listen': gatewayAddress,
    'next_hop.url': `smtp://127.0.0.1:${backPort}`,
    'notify.mail_relay': `smtp://127.0.0.1:${backPort}`,
    'notify.mail_from': 'sekisho@example.org',
    'notify.mail_to': 'admin@example.org',
    'notify.snmp_receivers': `snmpv3://informer@127.0.0.1:${snmp.port}?type=inform`,
    'notify.snmp_auth_key_file': 'auth.key',
    'notify.snmp_priv_key_file': 'priv.key',
    'notify.server_unavailable_snmp': 'yes',
    'notify.failover_snmp': 'yes',
    'notify.server_recovered_snmp': 'yes',
    ...more,
  });
  for (const [name, key] of Object.entries(keys)) writeFileSync(join(lab.folder, `${name}.key`), `${key}\n`);
  const known = files.map((file) => `${createHash('sha256').update(file).digest('hex')}\n`);
  writeFileSync(join(lab.folder, 'known.txt'), known.join(''));
  await lab.command('sps', 'import', 'known.txt');
  [isOver, sent] = [false, 0];
}

async function startGateway(): Promise<void> {
  gateway = lab.run(['gateway']);
  await gateway.untilOutput(/SMTP listens on (\S+);/);
}

async function startAll(): Promise<void> {
  sps = await lab.sps(spsPort);
  await startGateway();
  journal = lab.follow();
}

afterEach(async () => {
  isOver = true;
  await lab.close();
  await Promise.all([postfix.stop(), snmp.stop()]);
});

/** One of the senders: every message has a file of its own, as answers are kept. */
async function session(): Promise<void> {
  await using client = await SmtpClient.connect(postfix.queueAddress);
  while (!isOver) {
    const file = files[sent % files.length] ?? Buffer.of();
    const message = mail(multipart([textPart(`number ${sent++}`), attachment('a.bin', file)]));
    expect((await client.send(message)).code).toBe(250);
    await pause(200);
  }
}

async function killAt(type: string): Promise<void> {
  await journal.until(type);
  await gateway.kill();
  await startGateway();
}

/** The server ends under load, and is there again when scans have switched. */
async function outage(during: () => Promise<void> = async () => {}): Promise<void> {
  const load = Array.from({ length: sessions }, session);
  await journal.until('sekisho.scan.answered.v1');
  await sps.kill();
  const switched = journal.until('sekisho.method.conventional.v1', ({ severitytext }) => severitytext === 'ERROR');
  await Promise.all([during(), switched]);
  sps = await lab.sps(spsPort);
  await journal.until('sekisho.method.smart.v1', ({ data }) => data.from === 'Conventional');
  isOver = true;
  await Promise.all(load);
}

const notificationField = /^X-Sekisho-Notification: (\S+)/im;
const mails = () => postfix.inbox().flatMap((text) => notificationField.exec(text)?.[1] ?? []);
const informs = () => snmp.received().filter(({ how }) => how.includes('INFORM'));
/** Kinds by the notification's object (snmpTrapOID): `server-unavailable` for `SEKISHO-MIB::sekishoServerUnavailable`. */
const informedOf = () =>
  informs().map(({ values }) =>
    (values['snmpModules.1.1.4.1'] ?? '')
      .replace('SEKISHO-MIB::sekisho', '')
      .replace(/([a-z])([A-Z])/g, '$1-$2')
      .toLowerCase(),
  );

async function errors(): Promise<string[]> {
  const { stdout } = await lab.command(
    'logs',
    'query',
    '--type',
    'システムイベント',
    '--level',
    'エラー',
    '--lang',
    'ja',
  );
  return stdout.split('\n').filter(Boolean);
}

/** What administrators have got: each once; what a kill met while it was being sent may be there twice. */
async function expectTold(repeatsMax: number): Promise<void> {
  await eventually(
    'all is told by mail and SNMP',
    () => new Set(mails()).size === 3 && new Set(informedOf()).size === 3,
    60_000,
    () => `${mails()} ${informedOf()} ${snmp.log()} ${gateway.tail()}`,
  );
  expect([...new Set(mails())].sort()).toEqual(kinds);
  expect([...new Set(informedOf())].sort()).toEqual(kinds);
  expect(mails().length + informs().length).toBeLessThanOrEqual(6 + repeatsMax);
  const log = await errors();
  expect(log.filter((line) => line.includes('秒間利用できません。'))).toHaveLength(1);
  expect(log.filter((line) => line.includes('従来型スキャンへのフェイルオーバー'))).toHaveLength(1);
  expect(log).toHaveLength(2);
}

/** No mail is lost or doubled, whatever happened. */
async function expectDelivered(): Promise<void> {
  const numbers = () => postfix.inbox().flatMap((text) => /^number (\d+)\r?$/m.exec(text)?.[1] ?? []);
  await eventually(
    'every mail has arrived',
    () => new Set(numbers()).size === sent,
    150_000,
    () => `${numbers().length} of ${sent} ${postfix.tail()}`,
  );
}

describe.skipIf(missing !== '')(
  'an outage of the Smart Protection Server under 20 sessions',
  { timeout: 240_000 },
  () => {
    test('one line each, one mail each, one inform each; every mail arrives once', async () => {
      await prepare();
      await startAll();
      await outage();
      await expectTold(0);
      await expectDelivered();
      expect(postfix.inbox()).toHaveLength(sent + 3);
    });

    test.each([
      'sekisho.server.cached-invalid.v1',
      'sekisho.method.conventional.v1',
      'sekisho.notification.sending.v1',
    ])('the same after kill -9 right after %s', async (type) => {
      await prepare();
      await startAll();
      await outage(() => killAt(type));
      await expectTold(2);
      await expectDelivered();
    });

    describe.skipIf(noKafka !== undefined)('with Kafka as the source', () => {
      let kafka: LabKafka;
      beforeAll(async () => {
        kafka = await startKafka();
      }, 90_000);
      afterAll(() => kafka?.close());

      test('the same, from another program that reads Kafka', async () => {
        await prepare({ 'kafka.brokers': kafka.brokers, 'kafka.topic_prefix': 'told', 'projections.source': 'kafka' });
        expect((await lab.command('kafka', 'init')).code).toBe(0);
        const program = lab.run(['projections', 'run']);
        await program.untilOutput(/projection\/notifications live/);
        await startAll();
        await outage();
        await expectTold(0);
        await expectDelivered();
        expect((await program.stop()).code).toBe(0);
      });
    });
  },
);
