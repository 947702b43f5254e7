import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDkim, hasDkim } from '../support/dkim.ts';
import { freePort } from '../support/free-port.ts';
import { buildMail, mailTree } from '../support/mail-trees.ts';
import { attachment, EICAR, mail, multipart, nestedMessage, textPart } from '../support/mails.ts';
import { oddMails } from '../support/odd-mails.ts';
import { Lab, type LabGateway } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** What no action changes arrives as it was sent, byte for byte; and what that means for DKIM. */

const seed = Number(process.env.SEKISHO_SEED ?? Date.now() % 2 ** 31);

/** Lines of anything, with any line ends: header-like, dots, NUL, 8-bit, delimiters; none of it need be mail. */
const lineEnd = fc.constantFrom('\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r');
const text = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '.x',
    '--b',
    '--b--',
    ' folded',
    'Subject: =?utf-8?B?w6Q=?=',
    'Content-Type: text/html',
    '\0',
  ),
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b',
    'From: <a@example.org>',
    'MIME-Version: 1.0',
    'x'.repeat(3000),
  ),
  fc.uint8Array({ maxLength: 40 }).map((bytes) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\r\n]/g, ''),
  ),
);
const rubbish = fc
  .array(
    fc.tuple(text, lineEnd).map(([line, end]) => line + end),
    { minLength: 1, maxLength: 30 },
  )
  .map((lines) => lines.join(''))
  // A lone dot between bare line ends does not stay as it is, whoever sends it (`[smtp] bare_line_ends`).
  .filter((lines) => !/(?:^|[^\r])\n\0*\.\0*[\r\n]|[\r\0]\.\0*[\r\n]/.test(lines))
  .map((lines) => Buffer.from(lines, 'latin1'));
const tree = fc
  .tuple(mailTree, fc.constantFrom<'\r\n' | '\n'>('\r\n', '\n'))
  .map(([each, end]) => buildMail(each, end).message);

/** SMTP ends each message with CRLF. */
function ended(message: Buffer): Buffer {
  return message.subarray(-2).toString('latin1') === '\r\n' ? message : Buffer.concat([message, Buffer.from('\r\n')]);
}

/** As it goes over the wire: a dot more before each line that begins with one. */
function stuffed(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replace(/(^|\r\n)\./g, '$1..'), 'latin1');
}

const ini = (rule: string) => `[virus_rule]\n${rule}\n`;
/** The mildest there is: a field on top says so. */
const tagOnly = ['ambiguous', 'encrypted', 'unsupported', 'unreadable', 'limit'].map((kind) => `${kind}_action = tag`);
const ownFields = /^(?:X-Sekisho[\w-]*:[^\r\n]*(?:\r\n|\r|\n)(?:[ \t][^\r\n]*(?:\r\n|\r|\n))*)*$/;

describe('mail through the gateway', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let gateway: LabGateway;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    const sps = await lab.sps(await freePort());
    lab.writeIni(ini(`headers = no\n${tagOnly.join('\n')}`));
    gateway = await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${sps.port}` });
  }, 60_000);
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });
  beforeEach(() => {
    sink.messages.length = 0;
  });

  /** What arrives. */
  async function through(message: Buffer): Promise<Buffer> {
    await using client = await SmtpClient.connect(gateway.address);
    const reply = await client.send(stuffed(message));
    expect(reply).toMatchObject({ code: 250 });
    expect(reply.text).not.toContain('quarantined');
    const content = sink.messages.at(-1)?.content;
    if (content === undefined) throw new Error('nothing was delivered');
    return content;
  }

  async function reload(rule: string): Promise<void> {
    const from = gateway.stdout.length;
    lab.writeIni(ini(rule));
    gateway.child.kill('SIGHUP');
    await gateway.untilOutput(/"service running"/, from);
  }

  test.each<[string, () => Buffer[]]>([
    ['trees of MIME', () => fc.sample(tree, { numRuns: 120, seed })],
    ['rubbish with any line ends', () => fc.sample(rubbish, { numRuns: 200, seed })],
    ['ordinary odd mail', () => Object.values(oddMails)],
  ])('%s: every byte as it was sent, and a field on top at most', { timeout: 120_000 }, async (_kind, samples) => {
    let unchanged = 0;
    for (const message of samples().map(ended)) {
      const arrived = (await through(message)).toString('latin1');
      const original = message.toString('latin1');
      expect(arrived.slice(arrived.length - original.length), `SEKISHO_SEED=${seed}`).toBe(original);
      expect(arrived.slice(0, arrived.length - original.length)).toMatch(ownFields);
      if (arrived === original) unchanged += 1;
    }
    expect(unchanged).toBeGreaterThan(20);
  });

  const missing = !hasDkim();
  if (missing) console.warn('SKIPPED: DKIM. python3 -m pip install dkimpy==1.1.8');

  describe.skipIf(missing)('a DKIM signature', () => {
    const dkim = missing ? undefined : createDkim();
    const signed = (message: Buffer) => dkim?.sign(message) ?? message;
    const clean = mail(multipart([textPart('Grüße.'), nestedMessage(mail(textPart('inner')))]));
    const infected = mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)]));

    test('holds for what is not changed, with and without our field on top', async () => {
      expect(dkim?.verifies(await through(signed(clean)))).toBe(true);
      await reload(tagOnly.join('\n'));
      const arrived = await through(signed(clean));
      expect(arrived.toString('latin1')).toMatch(/^X-Sekisho: clean/);
      expect(dkim?.verifies(arrived)).toBe(true);
    });

    test('does not hold for what something was removed from', async () => {
      await reload('malware_action = delete_attachment');
      expect(dkim?.verifies(signed(infected))).toBe(true);
      const arrived = await through(signed(infected));
      expect(arrived.toString('latin1')).not.toContain('eicar.com"\r\nContent-Transfer-Encoding: base64');
      expect(dkim?.verifies(arrived)).toBe(false);
    });

    test('holds for what is but tagged, and does not for a tagged subject', async () => {
      await reload('malware_action = tag');
      expect(dkim?.verifies(await through(signed(infected)))).toBe(true);
      await reload('malware_action = tag\nmalware_also = tag_subject');
      const arrived = await through(signed(infected));
      expect(arrived.toString('latin1')).toContain('Subject: [VIRUS] a test');
      expect(dkim?.verifies(arrived)).toBe(false);
    });
  });
});
