import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  type ClientInfo,
  type MailCommand,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
} from '../../../src/actors/ports/mail.ts';
import { createNextHop } from '../../../src/adapters/next-hop/next-hop.ts';
import type { SmtpNextHopOptions } from '../../../src/adapters/next-hop/smtp-next-hop.ts';
import {
  type SinkAnswer,
  type SinkVerb,
  type SmtpSink,
  type SmtpSinkOptions,
  startSmtpSink,
} from '../../support/smtp-sink.ts';

const client: ClientInfo = { id: 's1', address: '127.0.0.1', port: 4711, helo: 'client.example', xforward: new Map() };
const from: MailCommand = { path: 'a@example.org', parameters: [] };
const to: MailCommand = { path: 'b@example.org', parameters: [] };
const content = [Buffer.from('Subject: x\r\n\r\nText\r\n')];

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(options);
  opened.push(sink);
  return sink;
}

function hopTo(url: string, options: Partial<SmtpNextHopOptions> = {}): NextHop {
  const hop = createNextHop(url, {
    connectionsMax: 4,
    connectTimeoutMs: 5000,
    commandTimeoutMs: 5000,
    dataTimeoutMs: 5000,
    idleMs: 5000,
    heloName: 'gateway.example',
    ...options,
  });
  opened.push(hop);
  return hop;
}

/** The whole of a transaction; the reply to the dot. */
async function send(hop: NextHop, chunks: readonly Uint8Array[] = content, who = client) {
  const transaction = await hop.begin(who);
  try {
    expect((await transaction.mail(from)).code).toBe(250);
    expect((await transaction.rcpt(to)).code).toBe(250);
    return await transaction.data(chunks);
  } finally {
    transaction.release();
  }
}

/** What the method throws, which must be `NextHopUnavailable`. */
async function unavailable(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NextHopUnavailable);
  return (error as Error).message;
}

describe('one message', () => {
  test('goes through with every parameter, and each reply comes back verbatim', async () => {
    const sink = await startSink({
      script: ({ verb, count }) =>
        verb === 'RCPT' && count === 2 ? '550-5.1.1 no such\r\n550-  user here\r\n550 5.1.1 größer' : undefined,
    });
    const transaction = await hopTo(sink.url).begin(client);
    const parameters = [
      { keyword: 'BODY', value: '8BITMIME' },
      { keyword: 'SMTPUTF8' },
      { keyword: 'ENVID', value: 'a+2Bb' },
    ];
    expect(await transaction.mail({ path: 'jörg@example.org', parameters })).toEqual({ code: 250, text: '2.1.0 Ok' });
    const orcpt = [
      { keyword: 'NOTIFY', value: 'NEVER' },
      { keyword: 'ORCPT', value: 'rfc822;b+40c' },
    ];
    expect(await transaction.rcpt({ path: 'b@xn--bcher-kva.example', parameters: orcpt })).toMatchObject({ code: 250 });
    expect(await transaction.rcpt(to)).toEqual({ code: 550, text: '5.1.1 no such\n  user here\n5.1.1 größer' });
    expect(await transaction.data(content)).toEqual({ code: 250, text: '2.0.0 Ok: queued as SINK' });
    transaction.release();
    expect(sink.commands).toEqual([
      'EHLO gateway.example',
      'MAIL FROM:<jörg@example.org> BODY=8BITMIME SMTPUTF8 ENVID=a+2Bb',
      'RCPT TO:<b@xn--bcher-kva.example> NOTIFY=NEVER ORCPT=rfc822;b+40c',
      'RCPT TO:<b@example.org>',
      'DATA',
    ]);
    expect(sink.messages[0]).toMatchObject({
      recipients: ['<b@xn--bcher-kva.example> NOTIFY=NEVER ORCPT=rfc822;b+40c'],
    });
  });

  test('comes out byte for byte, whatever CRLF content with dots it is and however it is cut', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url);
    const piece = fc.constantFrom(
      ...['\r\n', '.', '\r\n.', '\r\n.\r\n', 'text', '\xff\xfe', 'a.b'].map((text) => Buffer.from(text, 'latin1')),
    );
    const line = fc.array(piece, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(line, async (chunks) => {
        const whole = Buffer.concat(chunks);
        expect((await send(hop, chunks)).code).toBe(250);
        const received = sink.messages.at(-1)?.content;
        const isClosed = whole.length === 0 || whole.toString('latin1').endsWith('\r\n');
        expect(received).toEqual(isClosed ? whole : Buffer.concat([whole, Buffer.from('\r\n')]));
      }),
      { numRuns: 200 },
    );
  });

  test('of 10 MB, with stuffed dots, comes out byte for byte', async () => {
    const sink = await startSink();
    const lines = Buffer.from(`${'x'.repeat(76)}\r\n.${'y'.repeat(75)}\r\n`);
    const whole = Buffer.alloc(10 * 1024 * 1024 - ((10 * 1024 * 1024) % lines.length), lines);
    expect((await send(hopTo(sink.url), [whole.subarray(0, 5_000_000), whole.subarray(5_000_000)])).code).toBe(250);
    expect(sink.messages[0]?.content.equals(whole)).toBe(true);
  });

  test('with a lone dot between bare line ends gets 554 before DATA, and the connection stays good', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    expect(await send(hop, [Buffer.from('a\r\n\n.\nMAIL FROM:<x@y>\r\n')])).toMatchObject({ code: 554 });
    expect((await send(hop)).code).toBe(250);
    expect(sink.commands.filter((line) => line === 'DATA').length).toBe(1);
    expect(sink.conversations.length).toBe(1);
  });

  test('goes by unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'next-hop-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const sink = await startSink({ socketPath: join(folder, 'mta.sock') });
    expect((await send(hopTo(sink.url))).code).toBe(250);
    expect(await unavailable(hopTo(`smtp+unix:${folder}/none`).begin(client))).toMatch(
      /^next hop unix:\/.*none: greeting: .*ENOENT/,
    );
  });

  test('goes by IPv6', async () => {
    const sink = await startSink({ host: '::1' });
    expect(sink.url).toMatch(/^smtp:\/\/\[::1\]:/);
    expect((await send(hopTo(sink.url))).code).toBe(250);
  });

  test('goes to a server that knows HELO only', async () => {
    const sink = await startSink({ script: ({ verb }) => (verb === 'EHLO' ? '502 5.5.2 what?' : undefined) });
    expect((await send(hopTo(sink.url))).code).toBe(250);
    expect(sink.commands.slice(0, 2)).toEqual(['EHLO gateway.example', 'HELO gateway.example']);
  });
});

describe('refusals are the next hop’s own', () => {
  test.each([
    ['MAIL', '452 4.3.1 disk full', 452],
    ['RCPT', '550 5.1.1 unknown', 550],
    ['DATA', '554 5.5.1 no', 554],
    ['.', '552 5.3.4 too big', 552],
  ])('%s', async (refused, answer, code) => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === refused && count === 1 ? answer : undefined),
    });
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    const transaction = await hop.begin(client);
    const replies = [await transaction.mail(from)];
    if (refused !== 'MAIL') replies.push(await transaction.rcpt(to));
    if (refused === 'DATA' || refused === '.') replies.push(await transaction.data(content));
    transaction.release();
    expect(replies.at(-1)).toEqual({ code, text: answer.slice(4) });
    expect((await send(hop)).code).toBe(250);
    expect(sink.conversations.length).toBe(1);
    expect(sink.messages.length).toBe(1);
  });

  test('a connection that is turned away at the greeting or at EHLO is trouble between servers, never 5xx', async () => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === 'connect' && count === 1 ? '554 go away' : undefined),
    });
    const hop = hopTo(sink.url);
    expect(await unavailable(hop.begin(client))).toBe(`next hop 127.0.0.1:${sink.port}: greeting: 554 go away`);
    sink.script = ({ verb }) => (verb === 'EHLO' ? '550 bad name' : undefined);
    expect(await unavailable(hop.begin(client))).toBe(`next hop 127.0.0.1:${sink.port}: EHLO: 550 bad name`);
  });
});

const phases: [verb: SinkVerb, phase: string][] = [
  ['connect', 'greeting'],
  ['EHLO', 'EHLO'],
  ['MAIL', 'MAIL'],
  ['RCPT', 'RCPT'],
  ['DATA', 'DATA'],
  ['content', 'content'],
  ['.', 'content'],
];

const troubles: [name: string, answer: SinkAnswer, message: RegExp][] = [
  ['the connection is reset', { drop: true }, /ECONNRESET|EPIPE|closed/],
  ['the connection is closed', { end: true }, /closed|EPIPE/],
  ['421', { drop: '421 4.3.2 shutting down' }, /421 4\.3\.2 shutting down/],
  ['rubbish', Buffer.from('\x16\x03\x01 hello\r\n'), /not a reply line/],
  ['a reply that is neither yes nor no', '333 hm', /333/],
  ['a reply without end', Buffer.alloc(4000, 'x'), /reply line over 2048 bytes/],
];

describe.each(phases)('trouble at %s', (verb, phase) => {
  test.each(troubles)(
    '%s: NextHopUnavailable with host and phase, and the next message goes',
    async (_, answer, message) => {
      const sink = await startSink({
        script: (moment) => (moment.verb === verb && moment.count === 1 ? answer : undefined),
      });
      const hop = hopTo(sink.url);
      // Content so large that it cannot all be on its way before the trouble comes.
      const large = verb === 'content' ? [Buffer.alloc(8 * 1024 * 1024, `${'x'.repeat(62)}\r\n`)] : content;
      const text = await unavailable(send(hop, large));
      expect(text).toMatch(message);
      expect(text.startsWith(`next hop 127.0.0.1:${sink.port}: `)).toBe(true);
      if (!text.includes('unexpected reply')) expect(text).toContain(` ${phase}: `);
      expect(sink.messages.length).toBe(0);
      expect((await send(hop)).code).toBe(250);
      expect(sink.messages.length).toBe(1);
    },
  );

  test('silence: NextHopUnavailable after the time limit', async () => {
    const sink = await startSink({
      script: (moment) => (moment.verb === verb && moment.count === 1 ? { hang: true } : undefined),
    });
    const limit = { connectTimeoutMs: 60, commandTimeoutMs: 60, dataTimeoutMs: 60 };
    expect(await unavailable(send(hopTo(sink.url, limit)))).toMatch(/(no reply|not connected) within 60 ms$/);
    await sink.until(() => sink.open === 0);
  });
});

test('a 250 before everything was sent is no 250', async () => {
  const sink = await startSink({
    script: ({ verb }) => (verb === 'content' ? Buffer.from('250 fine\r\n') : undefined),
  });
  const large = [Buffer.alloc(8 * 1024 * 1024, `${'x'.repeat(62)}\r\n`)];
  expect(await unavailable(send(hopTo(sink.url), large))).toMatch(/content: 250 before everything was sent$/);
});

test('a 5xx before everything was sent is the reply, and the connection is given up', async () => {
  const sink = await startSink({
    script: ({ verb, count }) => (verb === 'content' && count === 1 ? Buffer.from('552 5.3.4 too big\r\n') : undefined),
  });
  const hop = hopTo(sink.url);
  const large = [Buffer.alloc(8 * 1024 * 1024, `${'x'.repeat(62)}\r\n`)];
  expect(await send(hop, large)).toEqual({ code: 552, text: '5.3.4 too big' });
  await sink.until(() => sink.open === 0);
  expect((await send(hop)).code).toBe(250);
});

test('a server that is not there is named', async () => {
  const sink = await startSmtpSink();
  await sink.close();
  expect(await unavailable(hopTo(sink.url).begin(client))).toMatch(
    /^next hop 127\.0\.0\.1:\d+: greeting: .*ECONNREFUSED/,
  );
});

test('a name that does not resolve is told', async () => {
  expect(await unavailable(hopTo('smtp://no-such-host.invalid:25').begin(client))).toMatch(
    /no-such-host\.invalid:25: .*no-such-host/,
  );
});

describe('kept connections', () => {
  test('messages one after the other use one connection, without RSET', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url);
    for (let index = 0; index < 3; index++) await send(hop);
    expect(sink.conversations.length).toBe(1);
    expect(sink.commands).not.toContain('RSET');
    await hop.close();
    expect(sink.commands.at(-1)).toBe('QUIT');
  });

  test('a transaction that is broken off is reset before the connection is used again', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    const transaction = await hop.begin(client);
    await transaction.mail(from);
    await transaction.rcpt(to);
    transaction.release();
    transaction.release();
    expect((await send(hop)).code).toBe(250);
    expect(sink.conversations.length).toBe(1);
    expect(sink.commands.slice(1, 5)).toEqual([
      'MAIL FROM:<a@example.org>',
      'RCPT TO:<b@example.org>',
      'RSET',
      'MAIL FROM:<a@example.org>',
    ]);
    expect(sink.messages[0]?.recipients).toEqual(['<b@example.org>']);
  });

  test('a connection whose RSET fails is not used again', async () => {
    const sink = await startSink({ script: ({ verb }) => (verb === 'RSET' ? '500 5.5.2 what?' : undefined) });
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    const transaction = await hop.begin(client);
    await transaction.mail(from);
    transaction.release();
    expect((await send(hop)).code).toBe(250);
    expect(sink.conversations.length).toBe(2);
  });

  test.each(['end', 'drop'] as const)(
    'one that the server closed while idle (%s) is noticed or replaced, and nobody is told',
    async (how) => {
      const sink = await startSink();
      const hop = hopTo(sink.url, { connectionsMax: 1 });
      await send(hop);
      if (how === 'end') sink.endAll();
      else sink.dropAll();
      expect((await send(hop)).code).toBe(250);
      expect(sink.conversations.length).toBe(2);
    },
  );

  test.each<[string, SinkAnswer]>([
    ['is reset', { drop: true }],
    ['is closed', { end: true }],
    ['gets 421', { end: '421 4.4.2 idle for too long' }],
  ])('one that %s at the first command of a transaction is replaced once', async (_, answer) => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === 'MAIL' && count === 2 ? answer : undefined),
    });
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    await send(hop);
    expect((await send(hop)).code).toBe(250);
    expect(sink.conversations.length).toBe(2);
    expect(sink.messages.length).toBe(2);
  });

  test('the fresh connection has no second chance, nor has a kept one after its first reply, nor after a timeout', async () => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === 'MAIL' && count > 1 ? { drop: true } : undefined),
    });
    const hop = hopTo(sink.url, { connectionsMax: 1, commandTimeoutMs: 100 });
    await send(hop);
    await unavailable(send(hop));
    expect(sink.conversations.length).toBe(2);

    sink.script = () => undefined;
    await send(hop);
    sink.script = ({ verb }) => (verb === 'RCPT' ? { drop: true } : undefined);
    await unavailable(send(hop));
    expect(sink.conversations.length).toBe(3);

    sink.script = () => undefined;
    await send(hop);
    sink.script = ({ verb }) => (verb === 'MAIL' ? { hang: true } : undefined);
    expect(await unavailable(send(hop))).toContain('MAIL: no reply within 100 ms');
    expect(sink.conversations.length).toBe(4);
  });

  test('words from an idle server make its connection unusable', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url);
    sink.script = ({ verb }) => (verb === '.' ? Buffer.from('250 ok\r\n250 and more\r\n') : undefined);
    expect((await send(hop)).text).toBe('ok');
    await sink.until(() => sink.open === 0);
    sink.script = () => undefined;
    expect((await send(hop)).code).toBe(250);
    expect(sink.conversations.length).toBe(2);
  });

  test('an idle one is closed with QUIT after its time', async () => {
    const sink = await startSink();
    await send(hopTo(sink.url, { idleMs: 20 }));
    await sink.until(() => sink.open === 0);
    expect(sink.commands.at(-1)).toBe('QUIT');
  });

  test('one is closed after its number of messages, or at its age', async () => {
    const sink = await startSink();
    const byCount = hopTo(sink.url, { messagesPerConnectionMax: 2 });
    for (let index = 0; index < 5; index++) await send(byCount);
    expect(sink.conversations.length).toBe(3);
    const byAge = hopTo(sink.url, { connectionAgeMaxMs: 0 });
    for (let index = 0; index < 2; index++) await send(byAge);
    expect(sink.conversations.length).toBe(5);
  });
});

describe('many at once', () => {
  test('there are never more connections than allowed, and all messages go', async () => {
    const sink = await startSink();
    let most = 0;
    sink.script = () => {
      most = Math.max(most, sink.open);
      return undefined;
    };
    const hop = hopTo(sink.url, { connectionsMax: 3 });
    const replies = await Promise.all(Array.from({ length: 40 }, () => send(hop)));
    expect(replies.every((reply) => reply.code === 250)).toBe(true);
    expect(most).toBe(3);
    expect(sink.conversations.length).toBe(3);
    expect(sink.messages.length).toBe(40);
  });

  test('waiting for a connection has a limit, and a place that comes free is used by who waits', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url, { connectionsMax: 1, connectTimeoutMs: 80 });
    const first = await hop.begin(client);
    expect(await unavailable(hop.begin(client))).toMatch(/: all 1 connections in use for 80 ms$/);
    const waiting = send(hop);
    first.release();
    expect((await waiting).code).toBe(250);
  });

  test('places of connections that fail in every way are free again', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url, { connectionsMax: 1, messagesPerConnectionMax: 1 });
    for (const [verb] of phases) {
      sink.script = (moment) => (moment.verb === verb ? { drop: true } : undefined);
      await unavailable(send(hop));
      sink.script = () => undefined;
      expect((await send(hop)).code).toBe(250);
    }
  });

  test('the place of a kept connection that cannot be replaced is free again, and only once', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    await send(hop);
    sink.script = ({ verb }) => (verb === 'MAIL' || verb === 'connect' ? { drop: true } : undefined);
    await unavailable(send(hop));
    sink.script = () => undefined;
    await Promise.all([send(hop), send(hop), send(hop)]);
    expect(sink.conversations.length).toBe(3);
  });

  test('a transaction released in the middle of a command ends there, and its place is free', async () => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === 'RCPT' && count === 1 ? { hang: true } : undefined),
    });
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    const transaction = await hop.begin(client);
    await transaction.mail(from);
    const rcpt = transaction.rcpt(to);
    transaction.release();
    expect(await unavailable(rcpt)).toContain('RCPT: the transaction was given up');
    expect(await unavailable(transaction.rcpt(to))).toContain('the transaction is over');
    expect((await send(hop)).code).toBe(250);
  });

  test('closing ends what waits, what runs and what is idle', async () => {
    const sink = await startSink({ script: ({ verb }) => (verb === 'RCPT' ? { hang: true } : undefined) });
    const hop = hopTo(sink.url, { connectionsMax: 1 });
    const transaction: NextHopTransaction = await hop.begin(client);
    await transaction.mail(from);
    const results = [unavailable(transaction.rcpt(to)), unavailable(hop.begin(client))];
    await hop.close();
    await hop.close();
    for (const text of await Promise.all(results)) expect(text).toContain('closing');
    expect(await unavailable(hop.begin(client))).toContain('closing');
    await sink.until(() => sink.open === 0);
  });
});

describe('XFORWARD', () => {
  const spike: ClientInfo = {
    ...client,
    xforward: new Map([
      ['NAME', 'spike.example'],
      ['ADDR', '192.0.2.7'],
      ['HELO', 'a b'],
    ]),
  };
  const offered = 'XFORWARD NAME ADDR HELO';

  test('comes with MAIL in one write under PIPELINING, for each message, and is taken back for the next client', async () => {
    const sink = await startSink({ keywords: ['PIPELINING', offered] });
    const hop = hopTo(sink.url);
    await send(hop, content, spike);
    await send(hop);
    expect(sink.conversations.length).toBe(1);
    expect(sink.reads.filter((read) => read.includes('MAIL'))).toEqual([
      'XFORWARD NAME=spike.example ADDR=192.0.2.7 HELO=a+20b\r\nMAIL FROM:<a@example.org>\r\n',
      'XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE]\r\nMAIL FROM:<a@example.org>\r\n',
    ]);
  });

  test('goes alone without PIPELINING, and not at all where it is not offered', async () => {
    const sink = await startSink({ keywords: [offered] });
    await send(hopTo(sink.url), content, spike);
    expect(sink.reads.filter((read) => read.includes('MAIL'))).toEqual(['MAIL FROM:<a@example.org>\r\n']);
    expect(sink.commands[1]).toMatch(/^XFORWARD /);
    const plain = await startSink({ keywords: [] });
    await send(hopTo(plain.url), content, spike);
    expect(plain.commands.some((line) => line.startsWith('XFORWARD'))).toBe(false);
  });

  test.each([['PIPELINING'], ['NOOP']])('refused, it is told and the mail goes on (%s)', async (keyword) => {
    const sink = await startSink({
      keywords: [keyword, offered],
      script: ({ verb }) => (verb === 'XFORWARD' ? '550 5.7.0 not you' : undefined),
    });
    const problems: string[] = [];
    const hop = hopTo(sink.url, { onProblem: (problem) => problems.push(problem) });
    expect((await send(hop, content, spike)).code).toBe(250);
    expect(problems).toEqual([`next hop 127.0.0.1:${sink.port}: XFORWARD: 550 5.7.0 not you`]);
  });

  test('a kept connection that is dead at XFORWARD is replaced, too', async () => {
    const sink = await startSink({
      script: ({ verb, count }) => (verb === 'XFORWARD' && count === 2 ? { drop: true } : undefined),
    });
    const hop = hopTo(sink.url);
    await send(hop, content, spike);
    expect((await send(hop, content, spike)).code).toBe(250);
    expect(sink.conversations.length).toBe(2);
  });
});
