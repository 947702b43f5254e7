import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessageEntry } from '../../src/projections/messages/message.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Postfix, postfixMissing, skippedMs, startPostfix } from '../support/postfix.ts';
import { Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const missing = postfixMissing();
if (missing !== undefined) console.warn(`SKIPPED: message tracking behind a real Postfix. ${missing}`);

const malware = Buffer.from('a file that only this server knows');
const sha256 = createHash('sha256').update(malware).digest('hex');
const infected = (subject: string) =>
  mail(multipart([textPart('See the file.'), attachment('invoice.exe', malware)]), { subject });

describe.skipIf(missing !== undefined)(
  'a message that is deferred, tried again and delivered',
  { timeout: 2 * skippedMs },
  () => {
    let lab: Lab;
    let spsPort: number;
    let sps: LabSps;
    let gateway: LabGateway;
    let postfix: Postfix;
    let queueId: string;

    beforeAll(async () => {
      lab = new Lab({ 'smart_scan.query_timeout_ms': 2000 });
      const backPort = await freePort();
      spsPort = await freePort();
      writeFileSync(join(lab.folder, 'known.txt'), `${sha256}\n`);
      await lab.command('sps', 'import', 'known.txt');
      sps = await lab.sps(spsPort);
      gateway = await lab.gateway({
        'next_hop.url': `smtp://127.0.0.1:${backPort}`,
        'smart_scan.servers': `https://127.0.0.1:${spsPort}`,
      });
      postfix = await startPostfix(gateway.address, backPort);
    });
    afterAll(async () => {
      await postfix?.stop();
      await lab.close();
    });

    const soon = <Found>(what: string, look: () => Found | undefined | false) =>
      eventually(what, look, skippedMs + 30_000, () => `${postfix.tail()}\nthe gateway:\n${gateway.tail()}`);

    async function track(...argv: string[]): Promise<MessageEntry[]> {
      const { code, stdout, stderr } = await lab.command('track', '--format', 'json', ...argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as MessageEntry);
    }

    test('comes with the server away, and is delivered when that is back', async () => {
      await sps.stop();
      await using client = await SmtpClient.connect(postfix.queueAddress);
      const { text } = await client.send(infected('tracked'), '<Sender@example.org>', [
        '<First@example.net>',
        '<second@example.net>',
      ]);
      queueId = /queued as (\w+)/.exec(text)?.[1] ?? '';
      await soon('deferral', () =>
        new RegExp(`${queueId}: .*status=deferred .*451 Email rejected`).test(postfix.log()),
      );
      sps = await lab.sps(spsPort);
      await soon('delivery', () => new RegExp(`${queueId}: .*status=sent`).test(postfix.log()));
    });

    test('is found by the queue id of Postfix, with all its tries', async () => {
      const [message, ...others] = await track(queueId);
      expect(others).toEqual([]);
      expect(message).toMatchObject({
        outcome: 'delivered',
        queueId,
        mailFrom: 'Sender@example.org',
        subject: 'tracked',
      });
      const { tries = [], deferrals } = message ?? {};
      expect(deferrals).toBeGreaterThan(0);
      expect(tries.map(({ outcome }) => outcome)).toEqual([...Array(deferrals).fill('deferred'), 'delivered']);
      const server = `127.0.0.1:${spsPort}`;
      for (const each of tries.slice(0, -1))
        expect(each).toMatchObject({
          ...{ queueId, helo: 'client.example', failures: [{ server, kind: 'refused' }], asked: [sha256] },
          end: { reply: { code: 451, text: 'Email rejected for a scanning error.' }, failure: 'refused' },
        });
      const last = tries.at(-1);
      expect(last).toMatchObject({
        recipients: ['First@example.net', 'second@example.net'],
        files: expect.arrayContaining([
          expect.objectContaining({ path: ['invoice.exe'], sha256: expect.arrayContaining([sha256]) }),
        ]),
        verdict: {
          verdict: 'malware',
          method: 'smart',
          action: 'delete_attachment',
          servers: [server],
          malware: [{ sha256 }],
        },
        // The next hop's own reply: the second Postfix's id of the message.
        end: { reply: { code: 250, text: expect.stringMatching(/queued as \w+$/) } },
      });
      expect(Date.parse(message?.since ?? '')).toBeLessThan(Date.parse(message?.until ?? ''));
    });

    test('is found as the same by Message-ID, GUID, sender and recipient', async () => {
      const [message] = await track(queueId);
      const { messageId = '', guid = '' } = message?.tries[0] ?? {};
      for (const name of [
        `<${messageId}>`,
        guid.toLowerCase(),
        guid.slice(0, 8),
        'sender@EXAMPLE.org',
        'second@example.net',
      ])
        expect(await track(name), name).toEqual([message]);
    });

    test('is told the same by a view that was built anew from the log (invariant 5)', async () => {
      const before = await track(queueId);
      const { code, stderr } = await lab.command('projections', 'rebuild', 'messages');
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(await track(queueId)).toEqual(before);
    });

    test('is one line in the log of message tracking', async () => {
      const [message] = await track(queueId);
      const query = ['logs', 'query', '--type', 'メッセージ追跡', '--text', 'invoice.exe', '--server', '127.0.0.1'];
      const { stdout } = await lab.command(...query, '--format', 'json');
      expect(JSON.parse(stdout)).toEqual(message);
      const table = await lab.command(...query, '--lang', 'ja');
      expect(table.stdout.trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^日時 +送信者 +受信者 +結果/),
        expect.stringContaining(queueId),
      ]);
    });

    test('is shown in words, in both languages, and so is that nothing is known', async () => {
      const { stdout } = await lab.command('track', queueId, '--lang', 'ja');
      expect(stdout).toContain('451 Email rejected for a scanning error.');
      expect(stdout).toMatch(/配信、\d+回受信、うち\d+回一時拒否/);
      expect((await lab.command('track', queueId, '--lang', 'en')).stdout).toMatch(/next hop +250 .*queued as/);
      const nothing = await lab.command('track', 'nobody@example.net');
      expect([nothing.code, nothing.stdout]).toEqual([66, '']);
      expect(nothing.stderr).toContain('no message is known by nobody@example.net');
      expect((await lab.command('track', queueId, '--until', '1h')).stderr).toContain('in that time');
      expect((await lab.command('track')).code).toBe(64);
    });
  },
);
