import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClientInfo } from '../../../src/actors/ports/mail.ts';
import { client, content, from, hopTo, send, startSink, to, unavailable } from './hop-and-sink.ts';

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
