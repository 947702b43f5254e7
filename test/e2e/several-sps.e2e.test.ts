import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/events/scan.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway, type SekishoProcess, type SettingsGiven } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const files = Array.from({ length: 4 }, (_, n) => `malware number ${n}, that only the servers know`);
const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');
const mailWith = (content: string) => mail(multipart([textPart('x'), attachment('known.exe', Buffer.from(content))]));

async function send({ address }: LabGateway, content: string) {
  await using client = await SmtpClient.connect(address);
  return (await client.send(mailWith(content))).code;
}

/** The second server is filled from the first, which wants a key; the gateway asks both by prefix. */
describe('two servers of one publication', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let first: SekishoProcess;
  let gateway: LabGateway;
  let journal: Follower;
  let ids: string[];
  let after: Date;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    const ports = [await freePort(), await freePort()];
    ids = ports.map((port) => `127.0.0.1:${port}`);
    const at = (name: string) => join(lab.folder, name);
    const guarded: SettingsGiven = { 'sps.listen': `${ids[0]}`, 'sps.client_keys_file': at('client-keys') };
    const { stdout } = await lab.commandWith(guarded, 'sps', 'client-key', 'mx1');
    writeFileSync(at('mx1.api-key'), stdout);
    writeFileSync(at('known.txt'), files.map((content) => `${hashOf(content)}\n`).join(''));
    expect((await lab.command('sps', 'import', 'known.txt')).code).toBe(0);
    first = lab.run(['sps'], guarded);
    await first.untilOutput(/listens on/);
    const origin = join(lab.folder, 'state/sps');
    const second = lab.run(['sps'], {
      ...{ 'sps.listen': `${ids[1]}`, 'sps.folder': at('second') },
      ...{ 'sps.follow': `https://${ids[0]}`, 'sps.follow_keys_file': join(origin, 'signing-key.pub.pem') },
      ...{ 'sps.follow_ca_file': join(origin, 'ca.pem'), 'sps.follow_api_key_file': at('mx1.api-key') },
    });
    await second.untilOutput(/listens on/);
    expect(existsSync(join(at('second'), 'signatures.db'))).toBe(false);
    writeFileSync(
      at('ca.pem'),
      [join(origin, 'ca.pem'), at('second/ca.pem')].map((file) => readFileSync(file, 'utf8')).join(''),
    );
    gateway = await lab.gateway({
      ...{
        'next_hop.url': sink.url,
        'smart_scan.servers': ids.map((id) => `https://${id}`).join(','),
        'smart_scan.query_by': 'prefix',
      },
      ...{ 'smart_scan.api_key_file': at('mx1.api-key'), 'smart_scan.ca_file': at('ca.pem') },
      ...{ 'update.url': `https://${ids[1]}`, 'smart_scan.answers_max': 0 },
    });
    journal = lab.follow();
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });

  /** Verdict of the last message. */
  async function verdict(): Promise<Verdict> {
    const event = await journal.until('scan.verdict', () => true, after);
    return (event.data as { verdict: Verdict }).verdict;
  }

  test('malware is known by four bytes and a key; when the first server is killed the second answers, and no mail waits', async () => {
    after = new Date();
    expect(await send(gateway, files[0] ?? '')).toBe(250);
    expect(await verdict()).toMatchObject({ verdict: 'malware', servers: [ids[0]], malware: [{ source: 'local' }] });
    await first.kill();
    for (const file of files.slice(1)) {
      after = new Date();
      expect(await send(gateway, file)).toBe(250);
      expect(await verdict()).toMatchObject({ verdict: 'malware', malware: [{ server: ids[1], source: 'local' }] });
    }
    expect(journal.events.filter(({ type }) => type.includes('scan.deferred'))).toEqual([]);
  });

  test('the key is in no log', () => {
    const secret = readFileSync(join(lab.folder, 'mx1.api-key'), 'utf8').trim();
    const said = `${first.stdout}${gateway.stdout}${JSON.stringify(journal.events)}`;
    expect(said).not.toContain(secret);
    expect(readFileSync(join(lab.folder, 'client-keys'), 'utf8')).not.toContain(secret);
  });
});
