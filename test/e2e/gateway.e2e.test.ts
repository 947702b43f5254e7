import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart, zip } from '../support/mails.ts';
import { Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient, SmtpClientClosed } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const clean = mail(multipart([textPart('Hello.'), attachment('a.bin', Buffer.from([0, 1, 2, 250]))]));
const withEicar = mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)]));
const noticeOf = (name: string) =>
  Buffer.from(`The attachment "${name}" was removed by`.slice(0, 36)).toString('base64');

async function send(address: string, content: Buffer, to: readonly string[] = ['<b@example.net>']) {
  await using client = await SmtpClient.connect(address);
  const { code, text } = await client.send(content, '<a@example.org>', to);
  return { code, text };
}

describe('mail through the gateway', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let sps: LabSps;
  let gateway: LabGateway;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    sps = await lab.sps(await freePort());
    lab.writeIni('');
    gateway = await lab.gateway({
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
      'smart_scan.filter_check_seconds': 1,
    });
  });
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });
  beforeEach(() => {
    sink.messages.length = 0;
    sink.script = () => undefined;
  });

  /** Applies `imss.ini` without a restart of the process. */
  async function reload(ini: string, outcome = /"service running"/): Promise<void> {
    const from = gateway.stdout.length;
    lab.writeIni(ini);
    gateway.child.kill('SIGHUP');
    await gateway.untilOutput(outcome, from);
  }

  const delivered = () => sink.messages.map(({ content }) => content.toString('latin1'));

  test('a clean mail is delivered byte for byte, with one field more', async () => {
    expect((await send(gateway.address, clean)).code).toBe(250);
    const [content = ''] = delivered();
    const field = /^X-Sekisho: clean; method=smart; scan=[0-9A-F-]{36}\r\n/.exec(content.replace(/;\r\n /g, '; '))?.[0];
    expect(field).toBeDefined();
    expect(content.endsWith(clean.toString('latin1'))).toBe(true);
    expect(content.slice(0, content.length - clean.length)).toMatch(/^X-Sekisho: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*$/);
  });

  test('without fields it is delivered byte for byte', async () => {
    await reload('[virus_rule]\nheaders = no\n');
    const odd = Buffer.concat([clean, Buffer.from('a lone \n and \r and \0 and \xff\r\n..dots\r\n', 'latin1')]);
    expect((await send(gateway.address, odd)).code).toBe(250);
    // The client of the test does not stuff dots: one is taken away.
    expect(delivered()).toEqual([odd.toString('latin1').replace('\r\n..dots', '\r\n.dots')]);
    await reload('');
  });

  test.each([
    ['attached', 'eicar.com', withEicar],
    [
      'in an attached zip',
      'e.zip',
      mail(multipart([textPart('x'), attachment('e.zip', zip([{ name: 'e.com', content: EICAR }]))])),
    ],
  ])('EICAR %s is removed, and everything else stays', async (_, name, content) => {
    expect((await send(gateway.address, content)).code).toBe(250);
    const [text = ''] = delivered();
    expect(text).toContain(noticeOf(name));
    expect(text).not.toContain('Content-Disposition: attachment');
    const boundary = /boundary="(.*)"/.exec(content.toString())?.[1] ?? '';
    const untouched = content.toString('latin1').split(`--${boundary}\r\n`).slice(0, 2).join(`--${boundary}\r\n`);
    expect(text).toContain(untouched);
  });

  test('malware in no attachment is quarantined; list, show, release, delete', async () => {
    const inline = mail(
      { headers: ['Content-Type: text/plain'], body: Buffer.concat([EICAR, Buffer.from('\r\n')]) },
      { subject: 'inline' },
    );
    const reply = await send(gateway.address, inline);
    expect(reply).toMatchObject({ code: 250, text: expect.stringMatching(/quarantined as [0-9A-F-]{36}/) });
    expect(sink.messages).toHaveLength(0);
    const id = reply.text.slice(-36);
    const list = await lab.command('quarantine', 'list', '--format', 'json');
    expect(JSON.parse(list.stdout)).toMatchObject([{ id, subject: 'inline', recipients: [{ path: 'b@example.net' }] }]);
    const show = await lab.command('quarantine', 'show', id);
    expect(show.stdout).toContain(id);
    const raw = await lab.command('quarantine', 'show', '--raw', id);
    expect(raw.stdout).toBe(inline.toString());
    const released = await lab.commandWith({ 'next_hop.url': sink.url }, 'quarantine', 'release', id);
    expect(released).toMatchObject({ code: 0, stdout: `${id}: released\n` });
    expect(sink.messages).toMatchObject([{ from: '<a@example.org>', recipients: ['<b@example.net>'] }]);
    expect(await lab.command('quarantine', 'delete', id)).toMatchObject({ code: 0, stdout: `${id}: deleted\n` });
    expect((await lab.command('quarantine', 'show', id)).code).toBe(66);
  });

  test('every action of the virus rule', async () => {
    const outcomes: Record<string, { reply: object; passed: number }> = {
      delete_attachment: { reply: { code: 250 }, passed: 1 },
      quarantine: { reply: { code: 250, text: expect.stringContaining('quarantined') }, passed: 0 },
      delete_message: { reply: { code: 250, text: expect.stringContaining('deleted') }, passed: 0 },
      reject: { reply: { code: 550, text: expect.stringContaining('5.7.1') }, passed: 0 },
      tag: { reply: { code: 250 }, passed: 1 },
    };
    for (const [action, { reply, passed }] of Object.entries(outcomes)) {
      await reload(`[virus_rule]\nmalware_action = ${action}\n`);
      sink.messages.length = 0;
      expect(await send(gateway.address, withEicar), action).toMatchObject(reply);
      expect(sink.messages, action).toHaveLength(passed);
      if (action === 'tag') {
        expect(delivered()[0]).toContain('X-Sekisho-Tag: [Sekisho: not scanned]\r\n');
        expect(delivered()[0]?.endsWith(withEicar.toString('latin1'))).toBe(true);
      }
    }
    await reload('');
  });

  test('a hash that is imported while all runs is found by query, without a restart (D2)', async () => {
    const file = Buffer.from('malware of this very minute');
    const sha256 = createHash('sha256').update(file).digest('hex');
    const content = mail(multipart([textPart('x'), attachment('new.exe', file)]));
    writeFileSync(join(lab.folder, 'new.txt'), `${sha256}\n`);
    expect((await lab.command('sps', 'import', 'new.txt')).code).toBe(0);
    const epochs = () => gateway.messages().filter((line) => line === 'service running').length;
    const before = epochs();
    await eventually('the new file is known', async () => {
      sink.messages.length = 0;
      await send(gateway.address, content);
      return delivered()[0]?.startsWith('X-Sekisho: malware; method=smart');
    });
    expect(epochs()).toBe(before);
  });

  test('SIGHUP with a wrong imss.ini keeps the old settings and says why (D19)', async () => {
    await reload('[virus_rule]\nmalware_action = reject\n');
    await reload('[virus_rule]\nmalware_action = shred\n', /keeps its settings/);
    const said = gateway.messages().findLast((line) => line.includes('keeps its settings'));
    expect(said).toContain(`${join(lab.folder, 'imss.ini')}:2: [virus_rule] malware_action = shred: must be one of`);
    expect((await send(gateway.address, withEicar)).code).toBe(550);
    await reload('');
    expect((await send(gateway.address, withEicar)).code).toBe(250);
  });

  describe('replies of the next hop are ours', () => {
    const lines = ['MAIL', 'RCPT', '.'].flatMap((verb) => [
      [verb, `450 4.2.0 no ${verb} now`],
      [verb, `550 5.1.1 no ${verb} ever`],
    ]);
    test.each(lines)('to %s: %s', async (verb, line) => {
      sink.script = (moment) => (moment.verb === verb ? line : undefined);
      await using client = await SmtpClient.connect(gateway.address);
      await client.script(['EHLO client.example', 250]);
      const reply = { code: Number(line?.slice(0, 3)), text: line?.slice(4) };
      const mailReply = await client.command('MAIL FROM:<a@example.org>');
      if (verb === 'MAIL') return void expect(mailReply).toMatchObject(reply);
      const rcptReply = await client.command('RCPT TO:<b@example.net>');
      if (verb === 'RCPT') return void expect(rcptReply).toMatchObject(reply);
      await client.script(['DATA', 354]);
      await client.raw(clean);
      expect(await client.command('.')).toMatchObject(reply);
      expect(sink.messages).toHaveLength(0);
    });

    test('a refusal of DATA is the reply to the final dot', async () => {
      sink.script = ({ verb }) => (verb === 'DATA' ? '554 5.5.0 no' : undefined);
      expect(await send(gateway.address, clean)).toEqual({ code: 554, text: '5.5.0 no' });
    });

    test('one recipient of three refused', async () => {
      sink.script = ({ line }) => (line.startsWith('RCPT TO:<x@') ? '550 5.1.1 unknown' : undefined);
      await using client = await SmtpClient.connect(gateway.address);
      await client.script(
        ['EHLO client.example', 250],
        ['MAIL FROM:<a@example.org>', 250],
        ['RCPT TO:<b@example.net>', 250],
        ['RCPT TO:<x@example.net>', 550],
        ['RCPT TO:<c@example.net>', 250],
        ['DATA', 354],
      );
      await client.raw(clean);
      expect((await client.command('.')).code).toBe(250);
      expect(sink.messages).toMatchObject([{ recipients: ['<b@example.net>', '<c@example.net>'] }]);
    });

    test('a next hop that hangs up in the content is 451, and nothing is delivered', async () => {
      sink.script = ({ verb }) => (verb === 'content' ? { drop: true } : undefined);
      expect(await send(gateway.address, clean)).toMatchObject({ code: 451, text: expect.stringContaining('4.4.1') });
      expect(sink.messages).toHaveLength(0);
    });
  });

  describe('bad input', () => {
    const part = '--p\r\nContent-Type: text/plain\r\n\r\nx\r\n';
    const partsOf = (count: number) =>
      Buffer.from(`Content-Type: multipart/mixed; boundary=p\r\n\r\n${part.repeat(count)}--p--\r\n`);
    const brokenZip = zip([{ name: 'a.txt', content: Buffer.from('some text in it') }]).subarray(0, 40);

    test.each([
      ['a line of 1 MB', Buffer.from(`Subject: long\r\n\r\n${'x'.repeat(1024 * 1024)}\r\n`)],
      ['10,000 MIME parts', partsOf(9_999)],
      ['no header, 8-bit rubbish', Buffer.from([0xff, 0xfe, 0x80, 0x00, 0x1b, 0x0d, 0x0a])],
    ])('%s: delivered as it is', async (_, content) => {
      expect((await send(gateway.address, content)).code).toBe(250);
      expect(delivered()).toEqual([expect.stringMatching(/^X-Sekisho: clean; /)]);
      expect(delivered()[0]?.endsWith(content.toString('latin1'))).toBe(true);
    });

    test.each([
      ['more MIME parts than the limit', partsOf(10_002)],
      ['a broken zip', mail(multipart([textPart('x'), attachment('a.zip', brokenZip)]))],
    ])('%s: unscannable, quarantined, never clean', async (_, content) => {
      const reply = await send(gateway.address, content);
      expect(reply).toMatchObject({ code: 250, text: expect.stringContaining('quarantined') });
      const show = await lab.command('quarantine', 'show', '--format', 'json', reply.text.slice(-36));
      expect(JSON.parse(show.stdout).reason).toMatch(/^unscannable: /);
      expect(sink.messages).toHaveLength(0);
    });

    test('a client that vanishes within the content: nothing is delivered, the next client is served', async () => {
      const client = await SmtpClient.connect(gateway.address);
      await client.script(
        ['EHLO client.example', 250],
        ['MAIL FROM:<a@example.org>', 250],
        ['RCPT TO:<b@example.net>', 250],
        ['DATA', 354],
      );
      await client.raw(clean.subarray(0, 200));
      client.cut();
      expect((await send(gateway.address, clean)).code).toBe(250);
      expect(sink.messages).toHaveLength(1);
    });
  });

  test('a next hop that is down is 451 4.4.1, and mail passes when it is back', async () => {
    const { port } = sink;
    await sink.close();
    await using client = await SmtpClient.connect(gateway.address);
    await client.script(['EHLO client.example', 250]);
    expect(await client.command('MAIL FROM:<a@example.org>')).toMatchObject({
      code: 451,
      text: expect.stringMatching(/^4\.4\.1 /),
    });
    sink = await startSmtpSink({ port });
    expect((await send(gateway.address, clean)).code).toBe(250);
    expect(sink.messages).toHaveLength(1);
  });
});

describe('kill -9 and signals', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let given: Record<string, string | number>;
  beforeEach(async () => {
    lab = new Lab({ 'smart_protection.cache_threshold_count': 1, 'smart_protection.cache_seconds': 1 });
    sink = await startSmtpSink();
    given = { 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${await freePort()}` };
  });
  afterEach(async () => {
    await lab.close();
    await sink.close();
  });
  const spsPort = () => Number(String(given['smart_scan.servers']).split(':').at(-1));

  test('no 250 without delivery, no delivery without a verdict in the journal; the next epoch is a new one (D10)', async () => {
    await lab.sps(spsPort());
    const gateway = await lab.gateway(given);
    const promised: string[] = [];
    async function session(number: number): Promise<void> {
      try {
        await using client = await SmtpClient.connect(gateway.address);
        for (let count = 0; ; count++) {
          const id = `kill ${number} ${count}`;
          if ((await client.send(mail(textPart('x\n'), { subject: id }))).code === 250) promised.push(id);
        }
      } catch (error) {
        if (!(error instanceof SmtpClientClosed) && (error as { code?: string }).code !== 'ECONNREFUSED') throw error;
      }
    }
    const sessions = Array.from({ length: 6 }, (_, number) => session(number));
    await sink.until(() => sink.messages.length >= 60);
    await gateway.kill();
    await Promise.all(sessions);

    const delivered = sink.messages.map(({ content }) => content.toString());
    const subjects = delivered.map((text) => /Subject: (kill .*)\r\n/.exec(text)?.[1]);
    expect(promised.length).toBeGreaterThan(0);
    expect(promised.filter((id) => !subjects.includes(id))).toEqual([]);

    const again = await lab.gateway(given);
    const journal = lab.follow();
    const begun = await journal.until('sekisho.service.running', ({ data }) => data.epoch === 2);
    expect(begun).toBeDefined();
    const verdicts = journal.events.filter(({ type }) => type === 'sekisho.scan.verdict.v1');
    const judged = new Set(verdicts.map(({ correlationid }) => correlationid));
    const scans = delivered.map((text) => /scan=([0-9A-F-]{36})/.exec(text)?.[1]);
    expect(scans.filter((scan) => !judged.has(scan))).toEqual([]);
    expect((await send(again.address, clean)).code).toBe(250);
  });

  test('a server that was failed over is probed before the first message (D10, D16)', async () => {
    const file = Buffer.from('known to the server');
    writeFileSync(join(lab.folder, 'known.txt'), createHash('sha256').update(file).digest('hex'));
    await lab.command('sps', 'import', 'known.txt');
    const content = mail(multipart([textPart('x'), attachment('known.exe', file)]));
    const sps = await lab.sps(spsPort());
    const first = await lab.gateway(given);
    await sps.kill();
    const replies = [];
    for (let count = 0; count < 3; count++) replies.push((await send(first.address, content)).code);
    expect(replies).toEqual([451, 451, 250]);
    await first.kill();

    const second = await lab.gateway({ ...given, 'smart_protection.cache_seconds': 300 });
    const log = second.messages();
    const probed = log.findIndex((line) => line.includes('failed-over-unrecovered'));
    expect(probed).toBeGreaterThan(0);
    expect(probed).toBeLessThan(log.findIndex((line) => line.startsWith('SMTP listens')));
    expect((await send(second.address, content)).code).toBe(250);
    expect(sink.messages.at(-1)?.content.toString()).toMatch(/^X-Sekisho: malware; method=conventional/);
    await second.kill();

    await lab.sps(spsPort());
    const third = await lab.gateway({ ...given, 'smart_protection.cache_seconds': 300 });
    expect((await send(third.address, content)).code).toBe(250);
    expect(sink.messages.at(-1)?.content.toString()).toMatch(/^X-Sekisho: malware; method=smart/);
    const journal = lab.follow();
    const running = await journal.until('sekisho.service.running', ({ data }) => data.epoch === 3);
    await journal.until(
      'sekisho.server.healthy',
      ({ data, sequence }) => data.epoch === 3 && sequence < running.sequence,
    );
  });

  test('without failover every message that needs a query is 451 until the server is back', async () => {
    const file = Buffer.from('known to the server');
    writeFileSync(join(lab.folder, 'known.txt'), createHash('sha256').update(file).digest('hex'));
    await lab.command('sps', 'import', 'known.txt');
    const content = mail(multipart([textPart('x'), attachment('known.exe', file)]));
    const sps = await lab.sps(spsPort());
    const gateway = await lab.gateway({ ...given, 'smart_scan.fail_over': 'no' });
    await sps.kill();
    const replies = [];
    for (let count = 0; count < 6; count++) replies.push(await send(gateway.address, content));
    expect(new Set(replies.map(({ code, text }) => `${code} ${text}`))).toEqual(
      new Set(['451 Email rejected for a scanning error.']),
    );
    expect((await send(gateway.address, clean)).code).toBe(250);
    await lab.sps(spsPort());
    await eventually('the server is asked again', async () => (await send(gateway.address, content)).code === 250);
    expect(sink.messages.at(-1)?.content.toString()).toMatch(/^X-Sekisho: malware; method=smart/);
  });

  test('SIGTERM answers the message in hand, takes no other, and ends in time', async () => {
    await lab.sps(spsPort());
    const gateway = await lab.gateway(given);
    const { promise, resolve } = Promise.withResolvers<string>();
    sink.script = ({ verb }) => (verb === '.' ? promise : undefined);
    const reply = send(gateway.address, clean);
    await sink.until(() => sink.commands.includes('DATA'));
    const ended = gateway.stop();
    await gateway.untilOutput(/"stopping"/);
    await eventually('port is closed', () =>
      SmtpClient.connect(gateway.address).then(
        () => false,
        () => true,
      ),
    );
    resolve('250 2.0.0 late but done');
    expect(await reply).toEqual({ code: 250, text: '2.0.0 late but done' });
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  test('SIGTERM ends within 10 s though the next hop never answers; that message is not 250', async () => {
    await lab.sps(spsPort());
    const gateway = await lab.gateway(given);
    sink.script = ({ verb }) => (verb === '.' ? { hang: true } : undefined);
    const reply = send(gateway.address, clean).then(
      ({ code }) => code,
      (error: Error) => error.name,
    );
    await sink.until(() => sink.commands.includes('DATA'));
    const since = Date.now();
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(['SmtpClientClosed', 421, 451]).toContain(await reply);
  });
});

describe('start', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  /** Runs to its end and returns what a person sees. */
  async function failure(argv: string[], given: Record<string, string | number>) {
    const started = lab.run(argv, {
      'smtp.listen': '127.0.0.1:0',
      'smart_scan.servers': 'https://127.0.0.1:1',
      ...given,
    });
    const { code } = await started.exited;
    return { code, stderr: started.stderr };
  }

  test('alone: SPS and gateway, where SMTP listens, where mail goes, what to try; then one mail into the Maildir', async () => {
    const port = await freePort();
    const started = lab.run(['start'], { 'smtp.listen': '127.0.0.1:0', 'sps.listen': `127.0.0.1:${port}` });
    const [, address = ''] = await started.untilOutput(/SMTP listens on\s+(127\.0\.0\.1:\d+)/);
    const lines = await started.until('what to try', () => {
      const messages = started.messages();
      return messages.some((line) => line.includes('npm run demo')) && messages;
    });
    const maildir = join(lab.folder, 'state', 'maildir');
    for (const part of [`maildir:${maildir}`, `https://127.0.0.1:${port}`, 'swaks', 'npx sekisho events'])
      expect(
        lines.filter((line) => line.includes(part)),
        part,
      ).not.toEqual([]);
    expect(started.stdout).not.toContain('\\u{a}');
    expect((await send(address, withEicar)).code).toBe(250);
    const [name = ''] = readdirSync(join(maildir, 'new'));
    expect(readFileSync(join(maildir, 'new', name), 'utf8')).toContain(noticeOf('eicar.com'));
    expect(await started.stop()).toEqual({ code: 0, signal: null });
    await expect(SmtpClient.open(`127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
  });

  test('a port in use', async () => {
    const sink = await startSmtpSink();
    const { code, stderr } = await failure(['gateway'], { 'smtp.listen': `127.0.0.1:${sink.port}` });
    await sink.close();
    expect(stderr).toMatch(new RegExp(`^sekisho: .*127\\.0\\.0\\.1:${sink.port}.*\\n$`));
    expect(code).toBe(69);
  });

  test('a state folder that cannot be made', async () => {
    writeFileSync(join(lab.folder, 'a-file'), '');
    const folder = join(lab.folder, 'a-file', 'state');
    const { code, stderr } = await failure(['gateway'], { 'state.folder': folder });
    expect(stderr).toMatch(/^sekisho: .*a-file.*\n$/);
    expect(code).not.toBe(70);
    expect(code).toBeGreaterThan(0);
  });

  test('a state folder on a file system that takes nothing', async ({ skip }) => {
    if (!existsSync('/sys/kernel')) skip('no /sys here');
    const { code, stderr } = await failure(['gateway'], { 'state.folder': '/sys/kernel/sekisho' });
    expect(stderr).toMatch(/^sekisho: .*\/sys\/kernel\/sekisho.*\n$/);
    expect([74, 77]).toContain(code);
  });

  test('a state folder that another gateway uses', async () => {
    const sink = await startSmtpSink();
    await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': 'https://127.0.0.1:1' });
    const { code, stderr } = await failure(['gateway'], {});
    await sink.close();
    expect(stderr).toMatch(/^sekisho: another process writes .*\n$/);
    expect(code).toBe(75);
  });

  test('a wrong setting', async () => {
    const { code, stderr } = await failure(['gateway'], { 'smart_scan.query_timeout_ms': 99 });
    expect(stderr).toMatch(/^sekisho: .*SEKISHO_SMART_SCAN_QUERY_TIMEOUT_MS.*must be an integer from 100 to 60000\n$/);
    expect(code).toBe(78);
  });

  test('without any pattern mail is 451 and says so, not passed (D3)', async () => {
    const sink = await startSmtpSink();
    const gateway = await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': 'https://127.0.0.1:1' });
    expect(await send(gateway.address, clean)).toEqual({ code: 451, text: 'Scanner not ready: no agent pattern' });
    expect(sink.messages).toHaveLength(0);
    await sink.close();
  });
});
