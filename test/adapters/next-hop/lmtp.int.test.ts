import { describe, expect, test } from 'vitest';
import type { MailCommand } from '../../../src/actors/ports/mail.ts';
import { client, content, from, hopTo, send, startSink, to, unavailable } from './hop-and-sink.ts';

const other: MailCommand = { path: 'c@example.org', parameters: [] };
const oneAtATime = { code: 452, text: '4.5.3 One recipient at a time, please: the next hop speaks LMTP' };

describe('LMTP (RFC 2033)', () => {
  test('begins with LHLO; its replies come back verbatim, that to the dot too', async () => {
    const sink = await startSink({
      lmtp: true,
      script: ({ verb }) => (verb === '.' ? '250 2.1.5 <b@x> stored' : undefined),
    });
    expect(sink.url).toMatch(/^lmtp:/);
    expect(await send(hopTo(sink.url))).toEqual({ code: 250, text: '2.1.5 <b@x> stored' });
    expect(sink.commands[0]).toBe('LHLO gateway.example');
    expect(sink.messages).toMatchObject([{ recipients: ['<b@example.org>'], content: content[0] }]);
  });

  test('one recipient a transaction: the next is for another one, and is not asked about', async () => {
    const sink = await startSink({ lmtp: true });
    const hop = hopTo(sink.url);
    const first = await hop.begin(client);
    await first.mail(from);
    expect((await first.rcpt(to)).code).toBe(250);
    expect(await first.rcpt(other)).toEqual(oneAtATime);
    expect((await first.data(content)).code).toBe(250);
    first.release();
    const second = await hop.begin(client);
    await second.mail(from);
    expect((await second.rcpt(other)).code).toBe(250);
    expect((await second.data(content)).code).toBe(250);
    second.release();
    expect(sink.messages.map(({ recipients }) => recipients)).toEqual([['<b@example.org>'], ['<c@example.org>']]);
    expect(sink.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(2);
    expect(sink.conversations).toHaveLength(1);
  });

  test('a recipient that is refused takes no place', async () => {
    const sink = await startSink({
      lmtp: true,
      script: ({ verb, count }) => (verb === 'RCPT' && count === 1 ? '550 5.1.1 unknown' : undefined),
    });
    const transaction = await hopTo(sink.url).begin(client);
    await transaction.mail(from);
    expect(await transaction.rcpt(other)).toEqual({ code: 550, text: '5.1.1 unknown' });
    expect((await transaction.rcpt(to)).code).toBe(250);
    expect((await transaction.rcpt(other)).code).toBe(452);
    transaction.release();
  });

  test('a server that speaks SMTP only is no next hop, and is not asked to greet in another way', async () => {
    const sink = await startSink();
    const hop = hopTo(sink.url.replace('smtp', 'lmtp'));
    expect(await unavailable(hop.begin(client))).toMatch(/LHLO: 500/);
    expect(sink.commands).toEqual(['LHLO gateway.example']);
  });
});
