import { describe, expect, test } from 'vitest';
import { type SinkAnswer, startSmtpSink } from '../../support/smtp-sink.ts';
import { client, content, hopTo, phases, send, startSink, unavailable } from './hop-and-sink.ts';

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
