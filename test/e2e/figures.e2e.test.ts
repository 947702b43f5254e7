import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { type Rsyslog, rsyslogMissing, startRsyslog } from '../support/rsyslog.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const missing = rsyslogMissing();
if (missing !== undefined) console.warn(`SKIPPED: lines of a gateway for a real rsyslog. ${missing}`);

const [malware, other] = ['one file', 'another file'].map((text) =>
  Buffer.from(`${text} that only this server knows`),
) as [Buffer, Buffer];
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const infected = (content: Buffer) => mail(multipart([textPart('See the file.'), attachment('a.exe', content)]));
const clean = mail(textPart('Hello.\r\n'), { subject: 'hello' });

let lab: Lab;
let sink: SmtpSink;
let sps: LabSps;
let gateway: LabGateway;
let monitoring: string;
let rsyslog: Rsyslog | undefined;
let given: Record<string, string | number>;

beforeAll(async () => {
  lab = new Lab();
  sink = await startSmtpSink();
  const spsPort = await freePort();
  if (missing === undefined) rsyslog = await startRsyslog();
  writeFileSync(
    join(lab.folder, 'known.txt'),
    `${sha256(malware)} Test.Evil
${sha256(other)}
`,
  );
  await lab.command('sps', 'import', 'known.txt');
  sps = await lab.sps(spsPort);
  given = {
    'next_hop.url': sink.url,
    'smart_scan.servers': `https://127.0.0.1:${spsPort}`,
    'metrics.listen': '127.0.0.1:0',
    ...(rsyslog && { 'syslog.target': `tcp://127.0.0.1:${rsyslog.ports.tcp}`, 'syslog.language': 'ja' }),
  };
  await start();
});
afterAll(async () => {
  await lab.close();
  await sink.close();
  await rsyslog?.close();
});

async function start(): Promise<void> {
  gateway = await lab.gateway(given);
  const [, address = ''] = await gateway.untilOutput(/metrics and health: http:\/\/(\S+)\/metrics/);
  monitoring = address;
}

async function send(content: Buffer, queueId: string): Promise<number> {
  await using client = await SmtpClient.connect(gateway.address);
  await client.script(
    ['EHLO client.example', 250],
    [`XFORWARD IDENT=${queueId} ADDR=192.0.2.9`, 250],
    ['MAIL FROM:<a@example.org>', 250],
    ['RCPT TO:<b@example.net>', 250],
    ['DATA', 354],
  );
  await client.raw(content);
  return (await client.command('.')).code;
}

const ask = (path: string) => fetch(`http://${monitoring}${path}`);

async function metric(name: string): Promise<number> {
  const line = (await (await ask('/metrics')).text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

test('metrics, statistics and health agree on what happened', async () => {
  expect([(await ask('/healthz')).status, (await ask('/readyz')).status]).toEqual([200, 200]);
  expect(await send(clean, '4cAAAA')).toBe(250);
  expect(await send(infected(malware), '4cBBBB')).toBe(250);
  await sps.stop();
  expect(await send(infected(other), '4cCCCC')).toBe(451);

  expect(await metric('sekisho_messages_received_total')).toBe(3);
  expect(await metric('sekisho_messages_total{verdict="clean",action="pass",method="smart"}')).toBe(1);
  expect(await metric('sekisho_smtp_sessions')).toBe(0);
  const { stdout } = await lab.command('stats', '--format', 'json');
  const figures = JSON.parse(stdout);
  expect(figures).toMatchObject({
    messages: 3,
    verdicts: { clean: 1, malware: 1 },
    malware: { 'Test.Evil': 1 },
    deferred: 1,
  });
  expect(figures.scanMs.count).toBe(2);
  // A query filter may send a clean file to the server, too.
  const [server] = figures.servers;
  expect(server).toMatchObject({ failed: 1, queryMs: { count: server.answered } });
  expect(await metric(`sekisho_queries_total{server="${server.server}",outcome="answered"}`)).toBe(server.answered);
  expect(await metric('sekisho_messages_deferred_total{reason="refused"}')).toBe(figures.deferrals.refused);
  const table = await lab.command('stats', '--by', 'hour', '--lang', 'ja');
  expect(table.stdout).toMatch(/^開始 +メッセージ/);
  const csv = (await lab.command('stats', '--by', 'day', '--format', 'csv')).stdout.trim().split('\n');
  const [names, values] = csv.map((line) => line.split(','));
  expect([csv.length, values?.length]).toEqual([2, names?.length]);
  expect(names).toEqual(expect.arrayContaining(['messages', 'deferred']));
  expect((await lab.command('stats', '--since', 'some-day')).code).toBe(64);
  sps = await lab.sps(sps.port);
});

test('a gateway without a pattern lives and is not ready, and says why', async () => {
  const own = new Lab({ 'metrics.listen': '127.0.0.1:0', 'next_hop.url': sink.url });
  try {
    const port = await freePort();
    const without = await own.gateway({ 'smart_scan.servers': `https://127.0.0.1:${port}` });
    const [, address] = await without.untilOutput(/metrics and health: http:\/\/(\S+)\/metrics/);
    const ready = await fetch(`http://${address}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reasons: ['no agent pattern'] }]);
    expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
  } finally {
    await own.close();
  }
});

describe.skipIf(missing !== undefined)('lines at the syslog server', () => {
  const messages = () => (rsyslog?.lines() ?? []).filter(({ id }) => id === 'message');
  const queueIds = () => new Set(messages().map(({ data }) => data.queueId));

  test("one for each message, found by Postfix's queue id", async () => {
    await eventually(
      'three messages',
      () => queueIds().size === 3,
      5000,
      () => (rsyslog?.lines() ?? []).map(({ raw }) => raw).join('\n'),
    );
    const [line] = messages().filter(({ data }) => data.queueId === '4cAAAA');
    expect(line).toMatchObject({
      pri: '22',
      app: 'sekisho',
      data: { messageId: '1@client.example.com', client: '192.0.2.9' },
    });
    expect(line?.text).toContain('検出なし, そのまま配信: 250');
    expect(
      rsyslog?.lines().filter(({ id, text }) => id === 'system' && text.includes('スキャンサービス')).length,
    ).toBeGreaterThan(0);
    expect(messages()).toHaveLength(3);
  });

  test('a syslog server that is away, and a gateway that is killed meanwhile, cost no line and no mail', async () => {
    const log = lab.follow();
    const before = new Date();
    await rsyslog?.end('SIGKILL');
    expect(await send(clean, '4cDDDD')).toBe(250);
    await log.until('relay.away', ({ subject }) => subject === 'relay/syslog', before);
    expect(await send(clean, '4cEEEE')).toBe(250);
    await gateway.kill();
    await start();
    expect(await send(clean, '4cFFFF')).toBe(250);
    await rsyslog?.start();
    await eventually('all messages', () => ['4cDDDD', '4cEEEE', '4cFFFF'].every((id) => queueIds().has(id)));
    // Whatever came twice has the same event id.
    const ids = (own: ReturnType<typeof messages>) => new Set(own.map(({ data }) => data.event)).size;
    expect(ids(messages())).toBe(6);
    const { stdout } = await lab.command('servers', '--format', 'json');
    expect(JSON.parse(stdout).relays).toMatchObject([{ to: 'syslog', state: 'Relaying' }]);
  });
});
