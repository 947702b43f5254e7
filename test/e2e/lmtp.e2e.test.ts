import { afterEach, describe, expect, test } from 'vitest';
import { type Dovecot, dovecotMissing, startDovecot } from '../support/dovecot.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { type Postfix, postfixMissing, skippedMs, startPostfix } from '../support/postfix.ts';
import { Lab, type LabGateway, type SettingsGiven } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SinkScript, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const missing = postfixMissing();
if (missing !== undefined) console.warn(`SKIPPED: LMTP behind a real Postfix. ${missing}`);
const noDovecot = missing ?? dovecotMissing();
if (noDovecot !== undefined) console.warn(`SKIPPED: a real LMTP server. ${noDovecot}`);

/** As docs/postfix.md says: each recipient goes in a transaction of its own from the beginning. */
const oneRecipient = 'scan_destination_recipient_limit = 1';
const clean = (subject: string) => mail(multipart([textPart('Hello.')]), { subject });

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Postfix, a gateway behind it, and a next hop by LMTP. */
async function world(nextHop: string, postfixSettings: string, given: SettingsGiven = {}) {
  const lab = new Lab({ 'next_hop.url': nextHop, ...given });
  opened.push(() => lab.close());
  const [sps, smtp] = [await freePort(), await freePort()];
  await lab.sps(sps);
  const settings = { 'smtp.listen': `127.0.0.1:${smtp}`, 'smart_scan.servers': `https://127.0.0.1:${sps}` };
  const start = () => lab.gateway(settings);
  const gateway: LabGateway = await start();
  const postfix: Postfix = await startPostfix(gateway.address, await freePort(), postfixSettings);
  opened.push(() => postfix.stop());
  return {
    ...{ lab, gateway, postfix, start, settings },
    async send(content: Buffer, ...to: string[]) {
      await using client = await SmtpClient.connect(postfix.queueAddress);
      const reply = await client.send(
        content,
        '<sender@example.org>',
        to.map((path) => `<${path}>`),
      );
      expect(reply.code).toBe(250);
    },
    /** What Postfix tells senders: it delivers that itself. */
    notices: () => postfix.inbox().filter((text) => text.includes('Content-Type: multipart/report')),
    soon: <Found>(what: string, look: () => Found | undefined | false) =>
      eventually(what, look, skippedMs + 30_000, () => `${postfix.tail()}\n${gateway.tail()}`),
    queueIsEmpty: () => !/^\{/m.test(postfix.tail().split("Postfix's log:")[0] ?? ''),
  };
}

async function lmtpSink(script: SinkScript = () => undefined): Promise<SmtpSink> {
  const sink = await startSmtpSink({ lmtp: true, script });
  opened.push(() => sink.close());
  return sink;
}

/** `b1` for `<b1@example.net> ORCPT=…` */
const userOf = (recipient: string) => recipient.slice(1, recipient.indexOf('@'));
const delivered = (sink: SmtpSink) => sink.messages.flatMap(({ recipients }) => recipients.map(userOf)).toSorted();

describe.skipIf(missing !== undefined)('LMTP behind a real Postfix', { timeout: 3 * skippedMs }, () => {
  const users = ['b1', 'b2', 'b3', 'b4', 'b5'];
  const addresses = users.map((user) => `${user}@example.net`);

  test.each([
    ['as docs/postfix.md says', oneRecipient],
    ['with senders that have many recipients in a transaction', ''],
  ])('replies that differ: every recipient has it once, or its sender is told once (%s)', async (_how, settings) => {
    const tries = new Map<string, number>();
    const sink = await lmtpSink(({ verb, line }) => {
      if (verb !== '.') return undefined;
      const user = userOf(line);
      tries.set(user, (tries.get(user) ?? 0) + 1);
      if (user === 'b2' && (tries.get(user) ?? 0) < 3) return '452 4.2.2 Mailbox full';
      return user === 'b3' ? '550 5.7.1 Not wanted' : undefined;
    });
    const { send, soon, notices, queueIsEmpty } = await world(sink.url, settings);
    await send(clean('differing'), ...addresses);
    await soon('the end of the mail', () => delivered(sink).length >= 4 && notices().length >= 1 && queueIsEmpty());
    expect(delivered(sink)).toEqual(['b1', 'b2', 'b4', 'b5']);
    expect(Object.fromEntries(tries)).toEqual({ b1: 1, b2: 3, b3: 1, b4: 1, b5: 1 });
    expect(notices()).toHaveLength(1);
    expect(notices()[0]).toMatch(/<b3@example\.net>: .*550 5\.7\.1 Not wanted/s);
  });

  test.each(['the content is with the store', 'the store has yet to get the content'])(
    'kill -9 while %s: every recipient has it once',
    async (moment) => {
      let isHanging = true;
      let hung = 0;
      // One recipient has it. Of the others the store has the content, and has not said yes; or it has not been given it.
      const at = moment === 'the content is with the store' ? '.' : 'DATA';
      const sink = await lmtpSink(({ verb, count }) => {
        if (!isHanging || verb !== at || count === 1) return undefined;
        hung++;
        return { hang: true };
      });
      const here = await world(sink.url, oneRecipient);
      await here.send(clean('killed'), ...addresses);
      await here.soon('the moment', () => delivered(sink).length === 1 && hung === users.length - 1);
      await here.gateway.kill();
      isHanging = false;
      await here.start();
      await here.soon('all of it', () => delivered(sink).length >= 5 && here.queueIsEmpty());
      expect(delivered(sink)).toEqual(users);
    },
  );

  test('quarantine: a copy for each recipient; released to all of them, each once', async () => {
    const sink = await lmtpSink();
    const { lab, send, settings } = await world(sink.url, oneRecipient, {
      'virus_rule.malware_action': 'quarantine',
    });
    await send(mail(multipart([attachment('eicar.com', EICAR)]), { subject: 'bad' }), ...addresses.slice(0, 2));
    await eventually('both in quarantine', async () => {
      const { stdout } = await lab.commandWith(settings, 'quarantine', 'list', '--format', 'json');
      return JSON.parse(stdout || '[]').length === 2;
    });
    const released = await lab.commandWith(settings, 'quarantine', 'release', '--sender', 'sender@example.org');
    expect(released.stderr).toBe('');
    expect(delivered(sink)).toEqual(['b1', 'b2']);
    const [id = ''] = /^[0-9A-F-]{36}/.exec(released.stdout) ?? [];
    const many = ['--to', 'x1@example.net', '--to', 'x2@example.net', '--to', 'x3@example.net'];
    expect((await lab.commandWith(settings, 'quarantine', 'release', id, ...many)).code).toBe(0);
    expect(delivered(sink)).toEqual(['b1', 'b2', 'x1', 'x2', 'x3']);
    expect((await lab.commandWith(settings, 'quarantine', 'release', id, ...many)).code).toBe(64);
    expect(delivered(sink)).toHaveLength(5);
  });
});

describe.skipIf(noDovecot !== undefined)('a real LMTP server: Dovecot', { timeout: 3 * skippedMs }, () => {
  test.each(['url', 'socketUrl'] as const)(
    'one mailbox is full after the dot, one user unknown: the others have it once, and the full one later (%s)',
    async (which) => {
      const dovecot: Dovecot = await startDovecot();
      opened.push(() => dovecot.stop());
      dovecot.setUsers({ 'b1@example.net': 1e6, 'full@example.net': 10, 'b2@example.net': 1e6 });
      const { send, soon, notices, queueIsEmpty, postfix } = await world(dovecot[which], oneRecipient);
      await send(clean('to Dovecot'), ...['b1', 'full', 'none', 'b2'].map((user) => `${user}@example.net`));
      const of = (user: string) => dovecot.mailOf(`${user}@example.net`);
      await soon('a refusal of the full one', () => postfix.log().includes('Quota exceeded') && notices().length > 0);
      expect([of('b1').length, of('full').length, of('b2').length]).toEqual([1, 0, 1]);
      dovecot.setUsers({ 'b1@example.net': 1e6, 'full@example.net': 1e6, 'b2@example.net': 1e6 });
      await soon('the rest', () => of('full').length > 0 && queueIsEmpty());
      expect([of('b1').length, of('full').length, of('b2').length]).toEqual([1, 1, 1]);
      expect(of('full')[0]).toContain('Subject: to Dovecot');
      expect(notices()).toHaveLength(1);
      expect(notices()[0]).toMatch(/<none@example\.net>: .*550 5\.1\.1/s);
    },
  );
});
