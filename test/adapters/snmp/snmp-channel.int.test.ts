import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NotificationChannel } from '../../../src/actors/ports/notifications.ts';
import { createSnmpChannel, type SnmpChannelOptions } from '../../../src/adapters/snmp/create-snmp-channel.ts';
import { joinEngine } from '../../../src/adapters/snmp/engine.ts';
import { machineClock } from '../../../src/adapters/snmp/machine-clock.ts';
import { parseReceiverUrl } from '../../../src/adapters/snmp/receiver-url.ts';
import type { AuthProtocol, PrivProtocol, SnmpSecurity } from '../../../src/adapters/snmp/security.ts';
import { eventually } from '../../support/eventually.ts';
import { type Snmptrapd, type SnmpUser, snmpMissing, startSnmptrapd } from '../../support/snmptrapd.ts';
import { order } from './orders.ts';

const user = { name: 'gateway', auth: 'SHA-256', authKey: 'authpass123', priv: 'AES', privKey: 'privpass123' };
const never = new AbortController().signal;

let folder: string;
const closers: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-snmp-'));
  writeFileSync(join(folder, 'auth'), 'authpass123\n');
  writeFileSync(join(folder, 'priv'), 'privpass123\r\nnot this\n');
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  rmSync(folder, { recursive: true, force: true });
});

function security(authProtocol: AuthProtocol = 'sha-256', privProtocol: PrivProtocol = 'aes'): SnmpSecurity {
  return { authProtocol, authKeyFile: join(folder, 'auth'), privProtocol, privKeyFile: join(folder, 'priv') };
}

function channelTo(urls: readonly string[], changed: Partial<SnmpChannelOptions> = {}): NotificationChannel {
  const channel = createSnmpChannel({
    receivers: urls.map((url) => parseReceiverUrl(url) ?? expect.fail(url)),
    ...{ type: 'trap', security: security(), timeoutMs: 2000, retries: 2, folder, beside: false },
    ...changed,
  });
  closers.push(() => channel.close());
  return channel;
}

async function trapd(options: Parameters<typeof startSnmptrapd>[0] = {}): Promise<Snmptrapd> {
  const started = await startSnmptrapd(options);
  closers.push(() => started.stop());
  return started;
}

const first = (channel: NotificationChannel) => channel.targets[0] ?? expect.fail();
const send = (channel: NotificationChannel, target = first(channel), id = 'abc.1/x') =>
  channel.send(order(target, { id }), never);
const received = (receiver: Snmptrapd, count: number) =>
  eventually(
    `${count} notifications`,
    () => receiver.received().length >= count && receiver.received(),
    20_000,
    receiver.log,
  );
const ids = (receiver: Snmptrapd) => receiver.received().map(({ values }) => values.sekishoNotificationId);

const missing = snmpMissing();

describe.skipIf(missing)(`a real snmptrapd ${missing ?? ''}`.trim(), () => {
  test('gets a v2c trap, and shows its texts by our MIB', async () => {
    const receiver = await trapd({ community: 'p@ss' });
    const channel = channelTo([`snmp://p%40ss@127.0.0.1:${receiver.port}`]);
    expect(await send(channel)).toBe('sent; nobody confirms a trap');
    const [notification] = await received(receiver, 1);
    expect(notification?.how).toBe('TRAP2, SNMP v2c, community p@ss');
    expect(notification?.values).toMatchObject({
      'snmpModules.1.1.4.1': 'SEKISHO-MIB::sekishoServerUnavailable',
      sekishoGateway: 'mx1',
      sekishoTime: '2026-11-24,15:0:0.1,+0:0',
      sekishoLevel: 'error',
      sekishoSummary: 'お使いのサーバではSmart Protectionサービスが利用できません',
      sekishoServer: 'sps.example.org:443',
      sekishoSeconds: '300',
      sekishoCount: '2',
    });
  });

  test('confirms a v2c inform and a v3 inform; the name of a host is looked up', async () => {
    const receiver = await trapd({ users: [user] });
    const urls = [`snmp://public@localhost:${receiver.port}`, `snmpv3://gateway@localhost:${receiver.port}`];
    const channel = channelTo(urls, { type: 'inform' });
    for (const target of channel.targets) expect(await send(channel, target)).toBe('confirmed');
    const all = await received(receiver, 2);
    expect(all.map(({ how }) => how)).toEqual([
      'INFORM, SNMP v2c, community public',
      'INFORM, SNMP v3, user gateway, context ',
    ]);
  });

  test.each<[AuthProtocol, PrivProtocol, string, string]>([
    ['sha-256', 'aes', 'SHA-256', 'AES'],
    ['sha-512', 'aes-256', 'SHA-512', 'AES-256'],
    ['sha', 'aes', 'SHA', 'AES'],
    ['md5', 'aes', 'MD5', 'AES'],
    ['sha-224', 'aes-256-c', 'SHA-224', 'AES-256-C'],
    ['sha-384', 'aes-256-c', 'SHA-384', 'AES-256-C'],
    ['sha', 'aes-256', 'SHA', 'AES-256'],
  ])('takes v3 traps of our engine and v3 informs with %s and %s', async (auth, priv, itsAuth, itsPriv) => {
    const { id: engineId } = await joinEngine(folder);
    const itsUser = { ...user, auth: itsAuth, priv: itsPriv };
    const users = [
      { ...itsUser, engineId },
      { ...itsUser, name: 'informer' },
    ];
    const receiver = await trapd({ users });
    const address = `127.0.0.1:${receiver.port}`;
    const channel = channelTo([`snmpv3://gateway@${address}`, `snmpv3://informer@${address}?type=inform`], {
      security: security(auth, priv),
    });
    for (const target of channel.targets) await send(channel, target);
    const all = await received(receiver, 2);
    expect(all.map(({ how }) => how)).toEqual([
      'TRAP2, SNMP v3, user gateway, context ',
      'INFORM, SNMP v3, user informer, context ',
    ]);
  });

  test('takes v3 traps after a restart, and from a command beside a gateway that has run for long', async () => {
    const { machineStart } = machineClock;
    const clockAt = (seconds: number) => ({ machineStart, uptimeSeconds: () => seconds });
    const { id: engineId } = await joinEngine(folder, clockAt(0));
    const receiver = await trapd({ users: [{ ...user, engineId }] });
    const url = `snmpv3://gateway@127.0.0.1:${receiver.port}`;
    const now = { seconds: 1000 };
    const gateway = channelTo([url], { clock: { machineStart, uptimeSeconds: () => now.seconds } });
    await send(gateway, first(gateway), 'at its start');
    now.seconds = 9000;
    await send(gateway, first(gateway), 'hours later');
    await send(channelTo([url], { clock: clockAt(9010), beside: true }), first(gateway), 'a command');
    now.seconds = 9020;
    await send(gateway, first(gateway), 'after the command');
    // What net-snmp alone would send. If this were taken, the others would prove nothing.
    const stuck = channelTo([url], { clock: clockAt(1000), beside: true });
    await send(stuck, first(stuck), 'time that stands still');
    const restarted = channelTo([url], { clock: clockAt(9030) });
    await send(restarted, first(restarted), 'after a restart');
    const expected = ['at its start', 'hours later', 'a command', 'after the command', 'after a restart'];
    await received(receiver, expected.length);
    expect(ids(receiver)).toEqual(expected);
  });

  test('another key, or a user that it does not know, is told as such and not tried again', async () => {
    const others: SnmpUser[] = [{ ...user, name: 'other', authKey: 'another key' }];
    const receiver = await trapd({ users: others });
    const address = `127.0.0.1:${receiver.port}`;
    const channel = channelTo([`snmpv3://other@${address}`, `snmpv3://nobody@${address}`], { type: 'inform' });
    const [other, nobody] = channel.targets;
    await expect(send(channel, other)).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('another auth key or protocol'),
    });
    await expect(send(channel, nobody)).rejects.toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('does not know this user'),
    });
  });

  test('another community: nobody answers, and no community is told', async () => {
    const receiver = await trapd();
    const url = `snmp://secret@127.0.0.1:${receiver.port}?type=inform`;
    const failure = await send(channelTo([url], { timeoutMs: 100, retries: 1 })).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: 'temporary',
      message: expect.stringMatching(/within 100 ms, asked 2 times/),
    });
    expect(String(failure)).not.toContain('secret');
  });

  test('one receiver that is away does not hold up the other; back again, it gets what it missed', async () => {
    const receiver = await trapd();
    const away = await startSnmptrapd();
    await away.stop();
    const urls = [away, receiver].map(({ port }) => `snmp://public@127.0.0.1:${port}`);
    const channel = channelTo(urls, { type: 'inform', timeoutMs: 200, retries: 0 });
    const [down = '', up = ''] = channel.targets;
    const results = await Promise.allSettled([send(channel, down), send(channel, up)]);
    expect(results).toMatchObject([{ status: 'rejected', reason: { kind: 'temporary' } }, { status: 'fulfilled' }]);
    const back = await trapd({ port: away.port });
    await send(channel, down, 'tried again');
    await received(back, 1);
    expect(ids(back)).toEqual(['tried again']);
    expect(ids(receiver)).toEqual(['abc.1/x']);
  });
});

describe('without a receiver', () => {
  test('answers that are no SNMP end nothing; they are as good as none', async () => {
    const socket = createSocket('udp4', (_, from) => socket.send('\x30\x82 nonsense', from.port, from.address));
    closers.push(async () => socket.close());
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const url = `snmp://public@127.0.0.1:${socket.address().port}?type=inform`;
    await expect(send(channelTo([url], { timeoutMs: 100, retries: 1 }))).rejects.toMatchObject({ kind: 'temporary' });
  });

  test('a name without an address is a temporary failure', async () => {
    const channel = channelTo(['snmp://public@no-such-host.invalid']);
    await expect(send(channel)).rejects.toMatchObject({ kind: 'temporary', message: expect.stringMatching(/^E/) });
  });

  test('a missing or short key, and a damaged engine, are told with the file', async () => {
    const channel = channelTo(['snmpv3://gateway@127.0.0.1']);
    writeFileSync(join(folder, 'snmp-engine.json'), 'x');
    await expect(send(channel)).rejects.toMatchObject({ message: expect.stringContaining('snmp-engine.json') });
    writeFileSync(join(folder, 'auth'), 'short\n');
    const short = { kind: 'temporary', message: expect.stringMatching(/auth is shorter than 8 characters/) };
    await expect(send(channel)).rejects.toMatchObject(short);
    rmSync(join(folder, 'priv'));
    writeFileSync(join(folder, 'auth'), 'authpass123\n');
    await expect(send(channel)).rejects.toMatchObject({
      message: expect.stringMatching(/priv cannot be read: ENOENT/),
    });
  });

  test('an engine that was mended is used at the next attempt', async () => {
    const channel = channelTo(['snmpv3://gateway@127.0.0.1:9']);
    writeFileSync(join(folder, 'snmp-engine.json'), 'x');
    await expect(send(channel)).rejects.toThrow('damaged');
    rmSync(join(folder, 'snmp-engine.json'));
    expect(await send(channel)).toBe('sent; nobody confirms a trap');
  });

  test('the end, or the signal, ends an attempt at once', async () => {
    const urls = ['snmp://public@127.0.0.1:9?type=inform'];
    const long = { timeoutMs: 5000, retries: 4 };
    const ending = channelTo(urls, long);
    const sending = expect(send(ending)).rejects.toMatchObject({ kind: 'temporary' });
    await ending.close();
    await sending;
    const channel = channelTo(urls, long);
    const signal = AbortSignal.abort();
    await expect(channel.send(order(first(channel)), signal)).rejects.toMatchObject({ kind: 'temporary' });
  });

  test('what is not for administrators, and a receiver that is none, are refused for ever', async () => {
    const channel = channelTo(['snmp://public@127.0.0.1:9']);
    const notice = order(first(channel), { kind: 'notice-to-sender' });
    await expect(channel.send(notice, never)).rejects.toMatchObject({ kind: 'permanent' });
    await expect(send(channel, 'snmp://192.0.2.1:162')).rejects.toMatchObject({ kind: 'permanent' });
  });
});
