import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type NotificationChannel, NotificationFailure } from '../../../src/actors/ports/notifications.ts';
import { createMailChannel } from '../../../src/adapters/notify-mail/create-mail-channel.ts';
import type { Notification } from '../../../src/events/notification.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

const notification: Notification = {
  id: 'e1/failover',
  kind: 'failover',
  time: '2026-11-24T02:00:00.000Z',
  since: '2026-11-24T02:00:00.000Z',
  source: '/sekisho/gateway/mx1',
  subject: 'method',
  count: 1,
  values: {},
};
const text = { subject: '従来型スキャンに切り替えました', body: '一行目\n.\n三行目\n' };

let sink: SmtpSink;
let channel: NotificationChannel;
const open = (timeouts = { connectMs: 500, greetingMs: 500, replyMs: 500 }) =>
  createMailChannel({
    ...{ relay: { host: sink.host, port: sink.port }, from: 'sekisho@example.org', to: ['admin@example.org'] },
    ...{ helo: 'gw.example.org', timeouts },
  });
const send = (order: Partial<Parameters<NotificationChannel['send']>[0]> = {}, signal = new AbortController().signal) =>
  channel.send({ notification, text, target: 'admin@example.org', attempt: 1, ...order }, signal);
const failure = (promise: Promise<string>) =>
  promise.then(
    () => 'sent',
    (error) => (error instanceof NotificationFailure ? { kind: error.kind, message: error.message } : error),
  );
const header = (content: Buffer) =>
  content
    .toString('latin1')
    .split('\r\n\r\n', 1)[0]
    ?.replace(/\r\n[ \t]+/g, ' ') ?? '';
const field = (content: Buffer, name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(header(content))?.[1];

beforeEach(async () => {
  sink = await startSmtpSink();
  channel = open();
});
afterEach(async () => {
  await channel.close();
  await sink.close();
});

describe('a notification by mail', () => {
  test('goes from the null sender, says that no person wrote it, and has its own Message-ID', async () => {
    expect(await send()).toMatch(/^250 /);
    expect(await send({ attempt: 2 })).toMatch(/^250 /);
    const [first, again] = sink.messages;
    expect(first).toMatchObject({ from: '<>', recipients: ['<admin@example.org>'] });
    const content = first?.content ?? Buffer.of();
    expect(field(content, 'From')).toBe('Sekisho <sekisho@example.org>');
    expect(field(content, 'To')).toBe('admin@example.org');
    expect(field(content, 'Auto-Submitted')).toBe('auto-generated');
    expect(field(content, 'X-Auto-Response-Suppress')).toBe('All');
    expect(field(content, 'X-Sekisho-Notification')).toBe('failover');
    expect(field(content, 'Message-ID')).toMatch(/^<[0-9a-f]{32}\.notification@example\.org>$/);
    expect(field(again?.content ?? Buffer.of(), 'Message-ID')).toBe(field(content, 'Message-ID'));
    expect(sink.commands[0]).toBe('EHLO gw.example.org');
  });

  test('Japanese arrives as it was written, in subject and body', async () => {
    const subject =
      '[Sekisho] mx1: 従来型スキャンに切り替えました — お使いのサーバではSmart Protectionサービスが利用できません';
    await send({ text: { ...text, subject } });
    const content = sink.messages[0]?.content ?? Buffer.of();
    expect(content.every((byte) => byte < 128)).toBe(true);
    const words = [...(field(content, 'Subject') ?? '').matchAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi)];
    const decoded = words.map(([, how, word = '']) =>
      how?.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : Buffer.from(
            word.replaceAll('_', ' ').replace(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString(),
    );
    expect(decoded.join('')).toBe(subject);
    const body = content.toString('latin1').slice(content.indexOf('\r\n\r\n') + 4);
    expect(field(content, 'Content-Transfer-Encoding')).toMatch(/base64|quoted-printable/);
    const plain =
      field(content, 'Content-Transfer-Encoding') === 'base64'
        ? Buffer.from(body, 'base64').toString()
        : Buffer.from(
            body.replace(/=\r\n/g, '').replace(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString();
    expect(plain.replaceAll('\r\n', '\n').trimEnd()).toBe(text.body.trimEnd());
  });

  test.each(['a\r\nBcc: x@example.org\r\n\r\nbody', 'a\nSubject: b', 'a\rX: y', `a${'\0'}b`])(
    'no subject begins a field of its own: %j',
    async (subject) => {
      await send({ text: { subject, body: 'b' } });
      const content = sink.messages[0]?.content ?? Buffer.of();
      expect(header(content).match(/^(Bcc|X|Y|body|Subject)(:| |$)/gim)).toEqual(['Subject:']);
      expect(sink.messages[0]?.recipients).toEqual(['<admin@example.org>']);
    },
  );

  test.each([
    'a@b.example>\r\nDATA',
    'a@b.example, c@d.example',
    'a@b.example c@d.example',
    '<a@b.example>',
    '"a b"@c',
    '@b',
    'a',
    '',
  ])('what is not one address is refused for good, and nothing is sent: %j', async (target) => {
    expect(await failure(send({ target }))).toEqual({ kind: 'permanent', message: 'it is no mail address' });
    expect(sink.commands).toEqual([]);
  });
});

describe('what may be tried again', () => {
  test.each([
    ['MAIL', '451 4.3.0 later', 'temporary'],
    ['RCPT', '450 4.2.0 greylisted', 'temporary'],
    ['RCPT', '550 5.1.1 no such user', 'permanent'],
    ['MAIL', '553 5.7.1 sender refused', 'permanent'],
    ['DATA', '554 5.7.1 refused', 'permanent'],
    ['.', '554 5.7.1 refused', 'permanent'],
    ['.', '452 4.3.1 full', 'temporary'],
    ['connect', '554 5.3.2 no mail here now', 'temporary'],
    ['connect', '421 4.3.2 closing', 'temporary'],
  ])('%s answered %j is %s', async (verb, reply, kind) => {
    sink.script = (moment) => (moment.verb === verb ? reply : undefined);
    expect(await failure(send())).toEqual({ kind, message: expect.stringContaining(reply) });
    expect(sink.messages).toEqual([]);
  });

  test.each(['connect', 'EHLO', 'RCPT', '.'])('a relay that hangs at %s, or cuts there', async (verb) => {
    sink.script = (moment) => (moment.verb === verb ? { hang: true } : undefined);
    expect(await failure(send())).toMatchObject({ kind: 'temporary' });
    sink.script = (moment) => (moment.verb === verb ? { drop: true } : undefined);
    expect(await failure(send())).toMatchObject({ kind: 'temporary' });
  });

  test('nobody there; and an attempt that is given up', async () => {
    sink.script = (moment) => (moment.verb === 'MAIL' ? { hang: true } : undefined);
    channel = open({ connectMs: 20_000, greetingMs: 20_000, replyMs: 20_000 });
    const abort = new AbortController();
    const given = failure(send({}, abort.signal));
    await sink.until(() => sink.commands.some((line) => line.startsWith('MAIL')));
    abort.abort();
    expect(await given).toMatchObject({ kind: 'temporary' });
    await sink.close();
    expect(await failure(send())).toMatchObject({
      kind: 'temporary',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    sink = await startSmtpSink();
  });

  test('a relay whose STARTTLS does not work is spoken to in the clear', async () => {
    sink.keywords.push('STARTTLS');
    sink.script = ({ verb }) => (verb === 'STARTTLS' ? '454 4.7.0 no certificate' : undefined);
    expect(await send()).toMatch(/^250/);
  });
});
