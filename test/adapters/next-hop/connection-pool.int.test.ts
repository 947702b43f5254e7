import { describe, expect, test } from 'vitest';
import type { NextHopTransaction } from '../../../src/actors/ports/mail.ts';
import type { SinkAnswer } from '../../support/smtp-sink.ts';
import { client, from, hopTo, phases, send, startSink, to, unavailable } from './hop-and-sink.ts';

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
