import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Postfix, postfixMissing, skippedMs, startPostfix } from '../support/postfix.ts';
import { type Follower, Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const missing = postfixMissing();
if (missing !== undefined) console.warn(`SKIPPED: everything behind a real Postfix. ${missing}`);

const malware = Buffer.from('a file that only the test knows to be malware');
const sha256 = createHash('sha256').update(malware).digest('hex');
const scanningError = 'Email rejected for a scanning error.';

const infected = (subject: string) =>
  mail(multipart([textPart('See the file.'), attachment('invoice.exe', malware)]), { subject });
/** The beginning of the text that takes the place of a removed attachment. */
const noticeBase64 = Buffer.from('The attachment "invoice.exe" was removed by the mail g').toString('base64');
const clean = (subject: string) =>
  mail(multipart([textPart('Hello.'), attachment('a.txt', Buffer.from(subject))]), { subject });

/** A notification to the sender has the header of the mail in its body. */
const headerOf = (text: string) => text.slice(0, text.indexOf('\n\n') + 1);

describe.skipIf(missing !== undefined)('behind a real Postfix', { timeout: 2 * skippedMs }, () => {
  let lab: Lab;
  let spsPort: number;
  let sps: LabSps;
  let gateway: LabGateway;
  let postfix: Postfix;
  let journal: Follower;

  beforeAll(async () => {
    lab = new Lab({ 'smart_protection.cache_seconds': 2, 'smart_scan.query_timeout_ms': 2000 });
    const backPort = await freePort();
    spsPort = await freePort();
    writeFileSync(join(lab.folder, 'known.txt'), `${sha256}\n`);
    await lab.command('sps', 'import', 'known.txt');
    sps = await lab.sps(spsPort);
    gateway = await lab.gateway({
      'next_hop.url': `smtp://127.0.0.1:${backPort}`,
      'smart_scan.servers': `https://127.0.0.1:${spsPort}`,
    });
    journal = lab.follow();
    postfix = await startPostfix(gateway.address, backPort);
  });
  afterAll(async () => {
    await postfix?.stop();
    await lab.close();
  });

  const send = async (address: string, content: Buffer, from = '<a@example.org>', to = '<b@example.net>') => {
    await using client = await SmtpClient.connect(address);
    return await client.send(content, from, [to]);
  };
  /** A wait for what Postfix does, in its own time; when it fails it says what Postfix and the gateway were doing. */
  const soon = <Found>(what: string, look: () => Found | undefined | false) =>
    eventually(what, look, skippedMs + 30_000, () => `${postfix.tail()}\nthe gateway:\n${gateway.tail()}`);
  const arrived = (subject: string) =>
    soon(`mail ${subject}`, () => postfix.inbox().find((text) => headerOf(text).includes(`Subject: ${subject}\n`)));

  test('after the queue: 451 and deferred, the 11th failure trips, failover, deferred mail arrives (D15)', async () => {
    await sps.stop();
    const subjects = Array.from({ length: 12 }, (_, number) => `outage ${number}`);
    for (const subject of subjects) expect((await send(postfix.queueAddress, infected(subject))).code).toBe(250);

    const tripped = await journal.until('sekisho.server.cached-invalid.v1');
    expect(tripped.data).toMatchObject({ failCount: 11, threshold: 10 });
    const failedOver = await journal.until('sekisho.server.failed-over.v1');
    expect(failedOver.sequence).toBeGreaterThan(tripped.sequence);

    for (const subject of subjects) {
      const text = await arrived(subject);
      expect(text).toContain('method=conventional');
      expect(text).toContain(noticeBase64);
      expect(text).not.toContain(malware.toString('base64'));
    }
    const deferred = postfix.log().match(/^.*status=deferred.*$/gm) ?? [];
    // Up to and including the one that trips, in the whole outage, whatever the number of sessions and retries.
    expect(deferred).toHaveLength(11);
    for (const line of deferred)
      expect(line).toMatch(
        /dsn=4\.0\.0, status=deferred \(host \S+ said: 451 Email rejected for a scanning error\. \(in reply to end of DATA command\)\)/,
      );
    const aborted = gateway.messages().filter((line) => line === '[NORMAL]Abort Scanning due to SmartScan query error');
    expect(aborted).toHaveLength(11);
  });

  test('with the server back it is healthy again by itself, and smart scan asks it (D16)', async () => {
    const failedOver = await journal.until('sekisho.server.failed-over.v1');
    sps = await lab.sps(spsPort);
    await journal.until('sekisho.server.healthy.v1', () => true, failedOver);
    await send(postfix.queueAddress, infected('after the outage'));
    const text = await arrived('after the outage');
    const scan = /scan=([0-9A-F-]{36})/.exec(text)?.[1];
    const verdict = await journal.until('sekisho.scan.verdict.v1', ({ correlationid }) => correlationid === scan);
    expect(verdict.data).toMatchObject({
      verdict: { method: 'smart', malware: [{ by: 'server', sha256 }], servers: [`127.0.0.1:${spsPort}`] },
    });
  });

  test('before the queue: clean mail passes, and 451 reaches the client', async () => {
    expect((await send(postfix.proxyAddress, clean('proxied'))).code).toBe(250);
    await arrived('proxied');
    await sps.stop();
    // Not one that the kept answers know.
    const again = await gatewayWithoutAnswers();
    expect(again).toEqual({ code: 451, text: scanningError });
    sps = await lab.sps(spsPort);
    expect((await send(postfix.proxyAddress, infected('proxied again'))).code).toBe(250);
    expect(await arrived('proxied again')).toContain('method=smart');
  });

  /** Sends infected mail that no kept answer decides. */
  async function gatewayWithoutAnswers() {
    expect((await lab.command('command', 'forget-answers', '--wait', '60')).code).toBe(0);
    const { code, text } = await send(postfix.proxyAddress, infected('proxied again'));
    return { code, text };
  }

  test('DSN parameters, 8BITMIME and SMTPUTF8 reach the other side', async () => {
    await using client = await SmtpClient.connect(postfix.queueAddress);
    const body = 'Grüße aus dem Tal, 8 bit und unverändert.';
    const text = mail(
      {
        headers: ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'],
        body: Buffer.from(`${body}\r\n`),
      },
      { subject: 'Ümläut' },
    );
    await client.script(
      ['EHLO client.example', 250],
      ['MAIL FROM:<jürgen@example.org> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ314159', 250],
      ['RCPT TO:<用户@example.net> NOTIFY=SUCCESS ORCPT=utf-8;first@example.net', 250],
      ['DATA', 354],
    );
    await client.raw(text);
    expect((await client.command('.')).code).toBe(250);
    const delivered = await arrived('Ümläut');
    expect(delivered).toContain(body);
    expect(delivered).toContain('X-Original-To: 用户@example.net');
    const notice = await soon('delivery notification', () =>
      postfix.inbox().find((each) => each.includes('Original-Envelope-Id: QQ314159')),
    );
    expect(notice).toContain('Action: delivered');
    expect(notice).toMatch(/Original-Recipient: \S+; ?first@example.net/);
    expect(notice).not.toContain(body);
    // XFORWARD: the second hop knows the first hop's queue id.
    expect(postfix.log()).toMatch(/postfix\/back\/smtpd\[\d+\]: \w+: client=.*orig_queue_id=\w+, orig_client=/);
  });

  test('restarts of the scan service under load lose and refuse nothing', async () => {
    const sessions = 6;
    const each = 25;
    const logged = postfix.log().length;
    let sent = 0;
    async function session(number: number): Promise<void> {
      const address = number % 2 === 0 ? postfix.queueAddress : postfix.proxyAddress;
      await using client = await SmtpClient.connect(address);
      for (let count = 0; count < each; count++) {
        const content = count % 3 === 0 ? infected(`load ${number} ${count}`) : clean(`load ${number} ${count}`);
        expect(await client.send(content)).toMatchObject({ code: 250 });
        if (++sent % 10 === 0) gateway.child.kill('SIGHUP');
      }
    }
    await Promise.all(Array.from({ length: sessions }, (_, number) => session(number)));
    const subjects = () => postfix.inbox().flatMap((text) => /^Subject: (load .*)$/m.exec(text)?.[1] ?? []);
    await soon('all mail of the load', () => subjects().length >= sessions * each);
    expect(new Set(subjects()).size).toBe(sessions * each);
    expect(subjects()).toHaveLength(sessions * each);
    expect(postfix.log().slice(logged)).not.toMatch(/status=(deferred|bounced)/);
    expect(gateway.stdout).toContain('settings read, the scan service restarts');
  });
});
