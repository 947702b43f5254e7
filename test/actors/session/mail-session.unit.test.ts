import { describe, expect, test } from 'vitest';
import { NextHopUnavailable } from '../../../src/actors/ports/mail.ts';
import type { MessageReader } from '../../../src/actors/ports/scanning.ts';
import { createLocalReader } from '../../../src/adapters/message-reader/local-reader.ts';
import { actorSystem } from '../../support/actor-system.ts';
import { atRest } from '../../support/at-rest.ts';
import { wordEngine } from '../../support/stub-components.ts';
import { runningGateway, withSteps } from '../running-gateway.ts';

const scanningError = { code: 451, text: 'Email rejected for a scanning error.' };
const client = { id: 'c', address: '192.0.2.1', port: 25, helo: 'h', xforward: new Map<string, string>() };
const command = (path: string) => ({ path, parameters: [] });

describe('a message', () => {
  test('clean: verdict durable, then the next hop, then its reply', async () => {
    const gateway = await runningGateway();
    let durable: string[] = [];
    gateway.nextHop.onData = () => {
      durable = gateway.journal.stored.map(({ event }) => event.type);
      return { code: 250, text: 'queued as 1' };
    };
    const { reply } = await gateway.send('clean');
    expect(reply).toEqual({ code: 250, text: 'queued as 1' });
    expect(durable).toContain('sekisho.scan.verdict.v1');
    expect(gateway.nextHop.open).toBe(0);
  });

  test('a journal that cannot keep the verdict: 452, and the next hop gets nothing (D8, invariant 1)', async () => {
    const gateway = await runningGateway();
    const sending = await gateway.send('file', 'asked');
    gateway.journal.become('full');
    await gateway.answer('ok');
    expect(sending.reply?.code).toBe(452);
    expect(gateway.nextHop.delivered).toEqual([]);
  });

  test('takes no longer than message_seconds_max, then 451 (D18)', async () => {
    const gateway = await runningGateway(
      { messageMs: 90_000 },
      {
        reader: { read: () => new Promise(() => {}) },
      },
    );
    const sending = await gateway.send('file');
    await gateway.advance(89_999);
    expect(sending.reply).toBeUndefined();
    await gateway.advance(1);
    expect(sending.reply).toEqual(scanningError);
    expect(gateway.nextHop.open).toBe(0);
  });

  test('one after the other on one session', async () => {
    const gateway = await runningGateway();
    const { session } = await gateway.send('first');
    await session.mail(command('c@example.org'), client);
    await session.rcpt(command('d@example.net'));
    const content = Buffer.from('Subject: second\r\n\r\ntext\r\n');
    const reply = await session.data({
      size: content.length,
      head: async () => content,
      load: async () => content,
      dispose: () => {},
    });
    expect(reply.code).toBe(250);
    expect(gateway.nextHop.delivered.map(({ from }) => from)).toEqual(['a@example.org', 'c@example.org']);
  });
});

const unreadable = () => Promise.reject(new Error('spool'));

describe('a scan that breaks', () => {
  /** Findings that the machine cannot decide on: a defect of ours. */
  const broken: MessageReader = {
    async read() {
      return { files: [], parts: [], unscannable: [null as never] };
    },
  };

  test('costs its own message 451; the session goes on', async () => {
    const sound = createLocalReader(wordEngine);
    let reader = broken;
    const gateway = await runningGateway({}, { reader: { read: (...given) => reader.read(...given) } });
    const { session, reply } = await gateway.send('file');
    expect(reply).toEqual(scanningError);
    expect(gateway.nextHop.open).toBe(0);
    reader = sound;
    await session.mail(command('a@example.org'), client);
    await session.rcpt(command('b@example.net'));
    const content = Buffer.from('Subject: next\r\n\r\ntext\r\n');
    expect(
      (await session.data({ size: 1, head: async () => content, load: async () => content, dispose: () => {} })).code,
    ).toBe(250);
  });

  test.each([['a message that cannot be read back', { head: unreadable, load: unreadable }]])(
    '%s: 451',
    async (_, changes) => {
      const gateway = await runningGateway();
      const session = await gateway.session();
      expect(await session.data({ size: 1, dispose: () => {}, ...changes })).toEqual(scanningError);
      expect(gateway.nextHop.delivered).toEqual([]);
    },
  );
});

describe('a client that leaves', () => {
  test('while a server is asked: the scan is given up, the transaction released, and the answer delivers nothing', async () => {
    const gateway = await runningGateway();
    const sending = await gateway.send('file', 'asked');
    sending.session.close();
    await atRest();
    expect(sending.reply).toEqual(scanningError);
    expect(gateway.nextHop.open).toBe(0);
    await gateway.answer('ok');
    expect(gateway.nextHop.delivered).toEqual([]);
  });

  test('while the next hop has the dot: its transaction is cut, so that it does not take what we answer 451', async () => {
    const gateway = await runningGateway();
    const { promise, resolve } = Promise.withResolvers<{ code: number; text: string }>();
    gateway.nextHop.onData = () => promise;
    const sending = await gateway.send('clean');
    expect(gateway.nextHop.open).toBe(1);
    sending.session.close();
    await atRest();
    expect(gateway.nextHop.open).toBe(0);
    resolve({ code: 250, text: 'too late' });
    await atRest();
    expect(gateway.nextHop.delivered).toEqual([]);
  });

  test('between messages: nothing is left open', async () => {
    const gateway = await runningGateway();
    const session = await gateway.session();
    session.close();
    expect(gateway.nextHop.open).toBe(0);
  });
});

describe('lock-step with the next hop (invariant 1)', () => {
  test('its replies to MAIL and RCPT are ours; a refused recipient gets nothing', async () => {
    const gateway = await runningGateway();
    const session = gateway.gateway.reception.open(client);
    gateway.nextHop.onMail = () => ({ code: 552, text: '5.3.4 too big' });
    expect(await session.mail(command('a'), client)).toEqual({ code: 552, text: '5.3.4 too big' });
    expect(await session.rcpt(command('b'))).toMatchObject({ code: 503 });
    gateway.nextHop.onMail = () => ({ code: 250, text: 'ok' });
    gateway.nextHop.onRcpt = ({ path }) =>
      path === 'no' ? { code: 550, text: '5.1.1 no' } : { code: 250, text: 'ok' };
    await session.mail(command('a'), client);
    expect(await session.rcpt(command('no'))).toEqual({ code: 550, text: '5.1.1 no' });
    const message = {
      size: 1,
      head: async () => Buffer.from('x'),
      load: async () => Buffer.from('x'),
      dispose: () => {},
    };
    expect(await session.data(message)).toMatchObject({ code: 503 });
  });

  test.each([
    ['MAIL', 'onBegin'],
    ['RCPT', 'onRcpt'],
  ] as const)('not available at %s: 451 4.4.1, and the transaction is over', async (_, step) => {
    const gateway = await runningGateway();
    gateway.nextHop[step] = () => {
      throw new NextHopUnavailable('refused');
    };
    const session = gateway.gateway.reception.open(client);
    const replies = [await session.mail(command('a'), client), await session.rcpt(command('b'))];
    expect(replies.map(({ code, text }) => `${code} ${text}`)).toContain(
      '451 4.4.1 Next hop not available, try again later',
    );
    expect(gateway.nextHop.open).toBe(0);
    expect(await session.rcpt(command('b'))).toMatchObject({ code: 503 });
  });

  test('a new MAIL and RSET release the transaction before', async () => {
    const gateway = await runningGateway();
    const session = await gateway.session();
    await session.mail(command('c'), client);
    expect([gateway.nextHop.open, gateway.nextHop.released]).toEqual([1, 1]);
    session.reset();
    expect(gateway.nextHop.open).toBe(0);
  });
});

describe('no mail can be taken in', () => {
  test.each([
    ['full', 'the journal is full'],
    ['disk-full', 'the disk is full'],
    ['failed', 'the journal cannot be written'],
  ] as const)('D8: journal %s: 452 says so before DATA, and mail goes on when it is open again', async (state, why) => {
    const gateway = await runningGateway();
    gateway.journal.become(state);
    const expected = { code: 452, text: `4.3.1 Insufficient system storage: ${why}` };
    expect(gateway.gateway.reception.refusal()).toEqual(expected);
    expect(await gateway.gateway.reception.open(client).mail(command('a'), client)).toEqual(expected);
    gateway.journal.become('open');
    expect((await gateway.send('clean')).reply?.code).toBe(250);
  });

  test('D3: before the scan service runs: 451, never a pass', async () => {
    const gateway = withSteps(actorSystem());
    const { reply } = await gateway.send('clean');
    expect(reply).toEqual({ code: 451, text: '4.3.2 Scan service is not running, try again later' });
    expect(gateway.nextHop.delivered).toEqual([]);
  });

  test('D3: without an agent pattern: 451 not ready', async () => {
    const gateway = await runningGateway();
    gateway.components.components = {};
    gateway.gateway.restart('command');
    await atRest();
    expect((await gateway.send('clean')).reply).toEqual({ code: 451, text: 'Scanner not ready: no agent pattern' });
  });
});
