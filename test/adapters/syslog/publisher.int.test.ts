import { writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Publisher } from '../../../src/actors/ports/relay.ts';
import { createSyslogPublisher } from '../../../src/adapters/syslog/publisher.ts';
import { type SyslogMessage, syslogMessage } from '../../../src/adapters/syslog/rfc5424.ts';
import type { SyslogTarget } from '../../../src/adapters/syslog/transport.ts';
import {
  issueAuthority,
  issueServerCertificate,
  type KeyAndCertificate,
} from '../../../src/sps/identity/certificate.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { type Rsyslog, rsyslogMissing, startRsyslog } from '../../support/rsyslog.ts';
import { temporaryFolder } from '../journal/embedded-journal.ts';

let publisher: Publisher | undefined;
/** What is taken for read, in order. */
let settled: string[] = [];
beforeEach(() => {
  settled = [];
});
afterEach(() => publisher?.disconnect());

/** Each event is one message, whose text is that of the event. */
function publish(target: SyslogTarget, more: { caFile?: string; steadyMs?: () => number } = {}) {
  let count = 0;
  const made = createSyslogPublisher({
    ...{ target, steadyMs: () => 0, ...more },
    batchOf: (events) => ({
      messages: events.map(({ text }) => message({ text })),
      sent: () => undefined,
      settled: () => void settled.push(...events.map(({ text }) => text)),
    }),
  });
  publisher = made;
  return {
    connect: () => made.connect(),
    send: (...texts: string[]) => made.publish(texts.map((text) => ({ sequence: ++count, text }))),
  };
}

const message = (more: Partial<SyslogMessage>) =>
  syslogMessage(
    { facility: 'local3', host: 'mx1', app: 'sekisho', process: 7, bytesMax: 32_768 },
    { level: 'warning', time: '2026-11-24T01:02:03.004Z', id: 'message', data: [['guid', 'A"]\\']], text: '', ...more },
  );

const missing = rsyslogMissing();
if (missing !== undefined) console.warn(`SKIPPED: lines for a real rsyslog. ${missing}`);

describe.skipIf(missing !== undefined)('a real rsyslog', () => {
  let rsyslog: Rsyslog;
  let ca: KeyAndCertificate;
  let caFile: string;
  beforeAll(async () => {
    ca = await issueAuthority(Date.now());
    const own = await issueServerCertificate(ca, ['127.0.0.1', 'localhost'], 1, Date.now());
    rsyslog = await startRsyslog({ ca: ca.certificate, cert: own.certificate, key: own.key });
    caFile = join(await temporaryFolder(), 'ca.pem');
    writeFileSync(caFile, ca.certificate);
  });
  afterAll(() => rsyslog?.close());

  test.each(['udp', 'tcp', 'tls'] as const)('understands every part over %s', async (protocol) => {
    const target = { protocol, host: '127.0.0.1', port: rsyslog.ports[protocol] };
    const { connect, send } = publish(target, protocol === 'tls' ? { caFile } : {});
    await connect();
    const texts = [`${protocol} ascii`, `${protocol} 判定: 検出なし`, `${protocol} a\nb\u0000c\u202ed`];
    await send(...texts);
    const lines = await rsyslog.until('three lines', ({ text }) => text.replace('\ufeff', '').startsWith(protocol), 3);
    expect(lines.map(({ text }) => text.replace('\ufeff', ''))).toEqual([
      ...texts.slice(0, 2),
      `${protocol} a\\u{a}b\\u{0}c\\u{202e}d`,
    ]);
    expect(lines[0]).toMatchObject({
      ...{ pri: String(19 * 8 + 4), time: '2026-11-24T01:02:03.004Z', host: 'mx1', app: 'sekisho', process: '7' },
      ...{ id: 'message', data: { guid: 'A"]\\' } },
    });
    expect(lines.map(({ raw }) => raw.includes('\ufeff'))).toEqual([false, true, false]);
  });

  test('a long line over each protocol comes whole', async () => {
    for (const protocol of ['udp', 'tcp'] as const) {
      const { connect, send } = publish({ protocol, host: '127.0.0.1', port: rsyslog.ports[protocol] });
      await connect();
      const text = `long-${protocol} ${'x'.repeat(30_000)}`;
      await send(text);
      const [line] = await rsyslog.until('the line', (each) => each.text.startsWith(`long-${protocol}`));
      expect(line?.text).toBe(text);
      await publisher?.disconnect();
    }
  });

  test('a server that is killed and comes back gets every line', async () => {
    const { connect, send } = publish({ protocol: 'tcp', host: '127.0.0.1', port: rsyslog.ports.tcp });
    await connect();
    await send('kill-1');
    await rsyslog.end('SIGKILL');
    await eventually('a failure', () =>
      send('kill-2').then(
        () => false,
        () => true,
      ),
    );
    await expect(connect()).rejects.toMatchObject({ name: 'PublishFailure', kind: 'away' });
    await rsyslog.start();
    await connect();
    // As the relay does with what was not taken.
    await send('kill-2', 'kill-3');
    await rsyslog.until('the last line', ({ text }) => text === 'kill-3');
    const texts = new Set(rsyslog.lines().map(({ text }) => text));
    expect([...texts].filter((text) => text.startsWith('kill-'))).toEqual(['kill-1', 'kill-2', 'kill-3']);
  });

  test('a certificate that nobody here trusts is refused, and mended without a restart', async () => {
    const other = join(await temporaryFolder(), 'ca.pem');
    writeFileSync(other, (await issueAuthority(Date.now())).certificate);
    const { connect } = publish({ protocol: 'tls', host: '127.0.0.1', port: rsyslog.ports.tls }, { caFile: other });
    await expect(connect()).rejects.toMatchObject({ name: 'PublishFailure', kind: 'refused' });
    writeFileSync(other, ca.certificate);
    await connect();
  });

  test('a file of authorities that is not there is refused', async () => {
    const { connect } = publish({ protocol: 'tls', host: '127.0.0.1', port: 1 }, { caFile: '/nowhere/ca.pem' });
    await expect(connect()).rejects.toMatchObject({ kind: 'refused' });
  });
});

/** A server that reads, or not, and keeps what it has read. */
async function server(onConnection: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const own = createServer(onConnection);
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  return { port: (own.address() as { port: number }).port, server: own };
}

describe('a server that fails', () => {
  test('what was written within 5 s before the connection broke is written again, older lines are not', async () => {
    const received: string[] = [];
    let current: Socket | undefined;
    const { port, server: own } = await server((socket) => {
      current = socket;
      received.push('');
      socket.on('data', (bytes) => {
        received[received.length - 1] += bytes.toString();
      });
    });
    let nowMs = 0;
    const { connect, send } = publish({ protocol: 'tcp', host: '127.0.0.1', port }, { steadyMs: () => nowMs });
    await connect();
    await send('old-line');
    nowMs = 6000;
    await send('new-line');
    await eventually('both lines', () => received[0]?.includes('new-line'));
    current?.destroy();
    await eventually('a failure', () =>
      send('unread').then(
        () => false,
        () => true,
      ),
    );
    // Away for an hour: how long that was makes nothing older.
    nowMs = 3_600_000;
    await connect();
    await eventually('lines again', () => received[1]?.includes('new-line'));
    expect(received[1]).not.toContain('old-line');
    // What was unread when it broke is not taken for read before it was written again, and then some time has passed.
    expect(settled).toEqual(['old-line']);
    nowMs += 6000;
    await send('last');
    expect(settled.slice(0, 2)).toEqual(['old-line', 'new-line']);
    await publisher?.disconnect();
    expect(settled.at(-1)).toBe('last');
    own.close();
  });

  test('octet counting: the length of each message stands before it', async () => {
    let received = Buffer.alloc(0);
    const { port, server: own } = await server((socket) =>
      socket.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]);
      }),
    );
    const { connect, send } = publish({ protocol: 'tcp', host: '127.0.0.1', port });
    await connect();
    await send('日本', 'second');
    const expected = [message({ text: '日本' }), message({ text: 'second' })];
    const framed = Buffer.concat(expected.flatMap((each) => [Buffer.from(`${each.length} `), each]));
    await eventually('both', () => received.length >= framed.length);
    expect(received.equals(framed)).toBe(true);
    own.close();
  });

  test('nobody listens: away, for TCP at once, for UDP as soon as the system says so', async () => {
    const port = await freePort();
    const tcp = publish({ protocol: 'tcp', host: '127.0.0.1', port });
    await expect(tcp.connect()).rejects.toMatchObject({ kind: 'away' });
    const udp = publish({ protocol: 'udp', host: '127.0.0.1', port });
    await udp.connect();
    await eventually('a failure', () =>
      udp.send('x').then(
        () => false,
        ({ kind }) => kind === 'away',
      ),
    );
    await publisher?.disconnect();
  });

  test('a name that does not exist is away', async () => {
    for (const protocol of ['udp', 'tcp'] as const)
      await expect(publish({ protocol, host: 'no.such.host.invalid', port: 514 }).connect()).rejects.toMatchObject({
        kind: 'away',
      });
  });
});
