import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** Two of them do not fit into the quota together. */
const infected = (subject: string) =>
  mail(multipart([textPart('x'.repeat(40_000)), attachment('eicar.com', EICAR)]), { subject });
const full = { code: 452, text: '4.3.1 Insufficient system storage: the quarantine is full' };

describe('a quarantine with a quota', { timeout: 60_000 }, () => {
  let lab: Lab;
  let sink: SmtpSink;
  let gateway: LabGateway;
  let journal: Follower;

  beforeAll(async () => {
    const port = await freePort();
    sink = await startSmtpSink();
    lab = new Lab({
      ...{ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${port}` },
      ...{
        'virus_rule.malware_action': 'quarantine',
        'smtp.message_bytes_max': 65_536,
        'quarantine.bytes_max': 70_000,
      },
    });
    await lab.sps(port);
    gateway = await lab.gateway();
    journal = lab.follow();
  }, 60_000);
  afterAll(async () => {
    await lab?.close();
    await sink?.close();
  });

  const send = async (content: Buffer) => {
    await using client = await SmtpClient.connect(gateway.address);
    return await client.send(content);
  };

  test('full: the message stays with its sender, it is told once, and other mail flows on', async () => {
    expect((await send(infected('first'))).code).toBe(250);
    for (const subject of ['second', 'third']) expect(await send(infected(subject))).toMatchObject(full);
    await journal.until('quarantine.full');
    expect((await send(mail(multipart([textPart('clean')])))).code).toBe(250);
    const { stdout } = await lab.command('logs', 'query', '--type', 'system', '--text', 'quarantine', '--lang', 'en');
    expect(stdout.match(/The quarantine is full/g)).toHaveLength(1);
    expect(sink.messages).toHaveLength(1);
  });

  test('delete_oldest: the message comes again and finds room; the log names what has gone', async () => {
    await gateway.stop();
    gateway = await lab.gateway({ 'quarantine.when_full': 'delete_oldest' });
    const before = new Date();
    expect(await send(infected('second'))).toMatchObject(full);
    const expired = await journal.until('quarantine.expired', () => true, before);
    await journal.until('quarantine.open', () => true, expired);
    const again = await send(infected('second'));
    expect(again.code).toBe(250);
    expect(expired.data.trigger).toMatchObject({ ids: [expect.stringMatching(/^[0-9A-F-]{36}$/)], why: 'room' });
    const { stdout } = await lab.command('quarantine', 'list', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject([{ subject: 'second' }]);
  });

  test('a release to the next hop is audited, and happens once', async () => {
    const { stdout } = await lab.command('quarantine', 'list', '--format', 'json');
    const [{ id }] = JSON.parse(stdout) as [{ id: string }];
    expect(await lab.command('quarantine', 'release', id)).toMatchObject({ code: 0, stdout: `${id}: released\n` });
    expect((await lab.command('quarantine', 'release', id)).code).toBe(64);
    expect(sink.messages.filter(({ content }) => content.includes('Subject: second'))).toHaveLength(1);
    await journal.until('admin.quarantine-release', ({ data }) => data.phase === 'done' && data.target === id);
  });
});
