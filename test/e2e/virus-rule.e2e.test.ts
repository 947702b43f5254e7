import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/events/scan.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart, zip } from '../support/mails.ts';
import { type Postfix, postfixMissing, skippedMs, startPostfix } from '../support/postfix.ts';
import { type Follower, Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** Every action of the virus rule, from imss.ini to the mail that arrives. */

const infected = (name: string, content: Buffer) =>
  mail(
    multipart([textPart('See the files.'), attachment(name, content), attachment('good.txt', Buffer.from('good'))]),
    {
      subject: 'offer',
    },
  );
const mails: [string, string, Buffer][] = [
  ['attached', 'eicar.com', infected('eicar.com', EICAR)],
  ['in an attached zip', 'e.zip', infected('e.zip', zip([{ name: 'e.com', content: EICAR }]))],
];
const extra = 'change_recipient_to = lab@example.org\narchive_folder = archive\nadded_header = X-Virus: found\n';
const notify =
  '[notify]\nmail_relay = smtp://127.0.0.1:9\nmail_from = sekisho@example.org\nmail_to = admin@example.org\nown_domains = example.org\n';

async function send(address: string, content: Buffer, from = '<a@example.org>') {
  await using client = await SmtpClient.connect(address);
  const { code, text } = await client.send(content, from, ['<b@example.net>', '<c@example.org>']);
  return { code, text };
}

/** Applies `imss.ini` without a restart of the process. */
async function reload(lab: Lab, gateway: LabGateway, ini: string): Promise<void> {
  const from = gateway.stdout.length;
  lab.writeIni(ini);
  gateway.child.kill('SIGHUP');
  await gateway.untilOutput(/"service running"/, from);
}

describe('each action', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let sps: LabSps;
  let gateway: LabGateway;
  let journal: Follower;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    sps = await lab.sps(await freePort());
    gateway = await lab.gateway({
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
    });
    journal = lab.follow();
  });
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });
  beforeEach(() => {
    sink.messages.length = 0;
    sink.script = () => undefined;
  });

  const rule = (text: string) => reload(lab, gateway, `[virus_rule]\n${extra}${text}\n${notify}`);
  const only = () => {
    expect(sink.messages).toHaveLength(1);
    const [message] = sink.messages;
    return { to: message?.recipients, text: message?.content.toString('latin1') ?? '' };
  };
  const archived = () => {
    const folder = join(lab.folder, 'archive');
    const days = existsSync(folder) ? readdirSync(folder) : [];
    const files = days.flatMap((day) => readdirSync(join(folder, day)).map((name) => join(folder, day, name)));
    return files.filter((name) => name.endsWith('.eml')).map((name) => readFileSync(name));
  };
  /** The verdict of the mail whose reply or content names its scan. */
  async function verdictIn(text: string): Promise<Verdict> {
    const scan = /[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/.exec(text)?.[0];
    const { data } = await journal.until('sekisho.scan.verdict.v1', ({ correlationid }) => correlationid === scan);
    return data.verdict as Verdict;
  }

  describe.each(mails)('EICAR %s', (_, name, content) => {
    const bad = /\nContent-Type: [^;]*; name="(?:eicar.com|e.zip)"/;

    test('delete_all_attachments: only the body and the notices are left', async () => {
      await rule('malware_action = delete_all_attachments');
      expect((await send(gateway.address, content)).code).toBe(250);
      const { text } = only();
      expect(text).toContain('See the files.');
      expect(text).not.toMatch(/Content-Disposition: attachment/);
      const notices = text.match(
        /Content-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\n([\w+/=\r\n]+)/g,
      );
      const said = (notices ?? []).map((part) => Buffer.from(part.split('\r\n\r\n')[1] ?? '', 'base64').toString());
      expect(said.map((notice) => notice.split('"')[1])).toEqual([name, 'good.txt']);
    });

    test('change_recipient: the other address alone gets it, whole, with those it was for', async () => {
      await rule('malware_action = change_recipient\nmalware_also = tag_subject');
      expect((await send(gateway.address, content)).code).toBe(250);
      const { to, text } = only();
      expect(to).toEqual(['<lab@example.org> NOTIFY=NEVER']);
      expect(text.replaceAll('\r\n ', ' ')).toContain(
        'X-Sekisho-Original-Recipients: b@example.net, c@example.org\r\n',
      );
      expect(text.endsWith(content.toString('latin1').replace('Subject: offer', 'Subject: [VIRUS] offer'))).toBe(true);
      expect(await verdictIn(text)).toMatchObject({ action: 'change_recipient', recipient: 'lab@example.org' });
    });

    test('change_recipient that the next hop refuses: 451, and nobody has it', async () => {
      await rule('malware_action = change_recipient');
      sink.script = ({ verb, line }) =>
        verb === 'RCPT' && line.includes('lab@') ? '550 5.1.1 no such user' : undefined;
      expect(await send(gateway.address, content)).toMatchObject({ code: 451, text: expect.stringContaining('4.3.5') });
      expect(sink.messages).toEqual([]);
      await eventually('the reason in the log', () =>
        gateway.messages().join().includes('the next hop refuses the other recipient: 550'),
      );
    });

    test('tag_subject, add_header and archive beside delete_attachment', async () => {
      const before = archived().length;
      await rule('malware_action = delete_attachment\nmalware_also = tag_subject, add_header, archive');
      expect((await send(gateway.address, content)).code).toBe(250);
      const { to, text } = only();
      expect(to).toEqual(['<b@example.net>', '<c@example.org>']);
      expect(text).toContain('\r\nX-Virus: found\r\n');
      expect(text).toContain('\r\nSubject: [VIRUS] offer\r\n');
      expect(text).not.toMatch(bad);
      expect(text).toContain('name="good.txt"');
      expect(archived()).toHaveLength(before + 1);
      expect(archived().some((copy) => copy.equals(content))).toBe(true);
    });

    test.each(['quarantine', 'delete_message', 'reject'])('archive beside %s', async (action) => {
      const before = archived().length;
      await rule(`malware_action = ${action}\nmalware_also = archive`);
      expect((await send(gateway.address, content)).code).toBe(action === 'reject' ? 550 : 250);
      expect(sink.messages).toEqual([]);
      expect(archived()).toHaveLength(before + 1);
    });

    test('notify_…: the verdict says who is told, and who is not, and why', async () => {
      await rule('malware_also = notify_administrator, notify_recipient, notify_sender');
      await send(gateway.address, content);
      expect(await verdictIn(only().text)).toMatchObject({
        notices: [
          { whom: 'administrator' },
          { whom: 'recipient', to: 'c@example.org' },
          { whom: 'sender', to: 'a@example.org' },
        ],
        untold: [{ whom: 'recipient', to: 'b@example.net', why: 'outside' }],
      });
      sink.messages.length = 0;
      await send(gateway.address, Buffer.concat([Buffer.from('List-Id: <users.example.org>\r\n'), content]));
      expect((await verdictIn(only().text)).untold).toContainEqual({
        whom: 'sender',
        to: 'a@example.org',
        why: 'automatic',
      });
      sink.messages.length = 0;
      await send(gateway.address, content, '<>');
      expect((await verdictIn(only().text)).untold).toContainEqual({ whom: 'sender', to: '', why: 'null-sender' });
    });
  });

  test('an archive that cannot be written: 451, and nothing is delivered', async () => {
    await reload(lab, gateway, '[virus_rule]\nmalware_also = archive\narchive_folder = imss.ini/archive\n');
    expect(await send(gateway.address, mails[0]?.[2] ?? Buffer.alloc(0))).toMatchObject({ code: 451 });
    expect(sink.messages).toEqual([]);
  });

  test('what contradicts itself is not taken into use, and said with its line', async () => {
    const from = gateway.stdout.length;
    lab.writeIni('[virus_rule]\nmalware_action = reject\nmalware_also = tag_subject\n');
    gateway.child.kill('SIGHUP');
    await gateway.untilOutput(/nobody would see tag_subject/, from);
    expect(gateway.messages().join('\n')).toContain(`${join(lab.folder, 'imss.ini')}:3: [virus_rule] malware_also`);
    const check = await lab.command('check-config');
    expect(check.code).not.toBe(0);
    expect(check.stderr).toContain(':3: [virus_rule] malware_also = tag_subject: malware_action keeps the message');
  });
});

const missing = postfixMissing();
if (missing !== undefined) console.warn(`SKIPPED: the other recipient behind a real Postfix. ${missing}`);

describe.skipIf(missing !== undefined)('change_recipient behind a real Postfix', { timeout: 2 * skippedMs }, () => {
  let lab: Lab;
  let gateway: LabGateway;
  let postfix: Postfix;

  beforeAll(async () => {
    lab = new Lab();
    const backPort = await freePort();
    const sps = await lab.sps(await freePort());
    lab.writeIni(`[virus_rule]\n${extra}malware_action = change_recipient\nmalware_also = tag_subject\n`);
    gateway = await lab.gateway({
      'next_hop.url': `smtp://127.0.0.1:${backPort}`,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
    });
    postfix = await startPostfix(gateway.address, backPort);
  });
  afterAll(async () => {
    await postfix?.stop();
    await lab.close();
  });

  const soon = <Found>(what: string, look: () => Found | undefined | false) =>
    eventually(what, look, skippedMs + 30_000, () => `${postfix.tail()}\nthe gateway:\n${gateway.tail()}`);

  test.each(['queueAddress', 'proxyAddress'] as const)(
    '%s: one mail, to the other address; no report to the sender',
    async (way) => {
      const subject = `for ${way}`;
      await using client = await SmtpClient.connect(postfix[way]);
      await client.script(
        ['EHLO client.example', 250],
        ['MAIL FROM:<a@example.org> RET=FULL ENVID=QQ1', 250],
        ['RCPT TO:<b@example.net> NOTIFY=SUCCESS,FAILURE', 250],
        ['RCPT TO:<c@example.net> NOTIFY=SUCCESS', 250],
        ['DATA', 354],
      );
      await client.raw(mail(multipart([textPart('x'), attachment('eicar.com', EICAR)]), { subject }));
      expect((await client.command('.')).code).toBe(250);
      const found = () => postfix.inbox().filter((text) => text.includes(`Subject: [VIRUS] ${subject}\n`));
      await soon(`mail ${subject}`, () => found().length > 0);
      const [text = ''] = found();
      expect(found()).toHaveLength(1);
      expect(text).toContain('X-Original-To: lab@example.org\n');
      expect(text).toContain('X-Sekisho-Original-Recipients: b@example.net, c@example.net\n');
      expect(text).toContain('name="eicar.com"');
      expect(postfix.log()).not.toMatch(/status=(bounced|deferred)/);
      // The sender asked for a report of every delivery; nobody tells of this one (NOTIFY=NEVER).
      expect(
        postfix.inbox().filter((each) => each.includes('lab@example.org') && each.includes('Final-Recipient')),
      ).toEqual([]);
    },
  );
});
