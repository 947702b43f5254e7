import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogEntry } from '../../src/projections/log-entries/entry.ts';
import type { GatewayOverview } from '../../src/projections/servers/overview.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway, type LabSps, type SekishoProcess } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const malware = Buffer.from('a file that only the server knows');
const infected = mail(multipart([textPart('See the file.'), attachment('a.bin', malware)]));
const cacheSeconds = 3;
const failover = '従来型スキャンへのフェイルオーバー';
const unavailable = `Smart Protection Serverのファイルレピュテーションサービス (127.0.0.1) が${cacheSeconds}秒間利用できません。`;

describe('what an administrator sees of an outage', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let sps: LabSps;
  let gateway: LabGateway;
  let journal: Follower;
  let spsPort: number;
  let following: SekishoProcess;

  beforeAll(async () => {
    lab = new Lab({ 'smart_protection.cache_seconds': cacheSeconds, 'smart_scan.query_timeout_ms': 1000 });
    writeFileSync(join(lab.folder, 'known.txt'), `${createHash('sha256').update(malware).digest('hex')}\n`);
    await lab.command('sps', 'import', 'known.txt');
    sink = await startSmtpSink();
    spsPort = await freePort();
    sps = await lab.sps(spsPort);
    gateway = await startGateway();
    journal = lab.follow();
    following = lab.run(['servers', '--follow']);
  });
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });

  const startGateway = () =>
    lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${spsPort}` });

  async function send(): Promise<number> {
    await using client = await SmtpClient.connect(gateway.address);
    return (await client.send(infected)).code;
  }

  async function query(...argv: string[]): Promise<LogEntry[]> {
    const { code, stdout, stderr } = await lab.command(
      'logs',
      'query',
      '--type',
      'system',
      '--format',
      'json',
      ...argv,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogEntry);
  }
  const errors = async () => (await query('--level', 'error')).map(({ message }) => message.ja);

  async function overview(): Promise<GatewayOverview> {
    const { stdout } = await lab.command('servers', '--format', 'json');
    return JSON.parse(stdout) as GatewayOverview;
  }

  test('before it: nothing is wrong', async () => {
    expect(await errors()).toEqual([]);
    expect(await overview()).toMatchObject({ state: 'Running', method: 'smart', servers: [{ state: 'Healthy' }] });
  });

  test('in it: each text once, in the order in which it happened, and the state of the server', async () => {
    await sps.stop();
    for (let mails = 1; mails <= 11; mails++) expect(await send()).toBe(451);
    await journal.until('sekisho.server.cached-invalid.v1');
    expect(await send()).toBe(250);
    await journal.until('sekisho.method.conventional.v1');
    expect(await errors()).toEqual([failover, unavailable]);
    expect((await query('--level', 'warning')).map(({ message }) => message.en)).toEqual([
      expect.stringContaining('cannot be reached'),
      expect.stringContaining('failed'),
    ]);
    expect(await overview()).toMatchObject({
      method: 'conventional',
      servers: [{ server: `127.0.0.1:${spsPort}`, state: 'FailedOver', failCount: 11, threshold: 10 }],
    });
  });

  test('a restart of the service and of the process in it add nothing (D10)', async () => {
    const from = gateway.stdout.length;
    gateway.child.kill('SIGHUP');
    await gateway.untilOutput(/service running/, from);
    expect(await send()).toBe(250);
    await gateway.kill();
    gateway = await startGateway();
    expect(await send()).toBe(250);
    expect(await errors()).toEqual([failover, unavailable]);
    expect(await overview()).toMatchObject({ method: 'conventional', epoch: 3, servers: [{ epoch: 3 }] });
    const told = journal.events.filter(({ subject }) => subject === 'method');
    expect(told.map(({ severitytext, data }) => `${severitytext} ${data.state}`)).toEqual([
      'INFO Smart',
      'ERROR Conventional',
      'INFO Conventional',
      'INFO Conventional',
    ]);
  });

  test('its end is told, once', async () => {
    sps = await lab.sps(spsPort);
    await journal.until('sekisho.method.smart.v1', ({ data }) => data.from === 'Conventional');
    const good = (await query('--level', '情報')).map(({ message }) => message.en);
    expect(good.filter((text) => text.includes('has recovered'))).toHaveLength(1);
    expect(good.filter((text) => text === 'Smart scan is used again.')).toHaveLength(1);
    expect(await errors()).toHaveLength(2);
    expect(await overview()).toMatchObject({ method: 'smart', servers: [{ state: 'Healthy', failCount: 0 }] });
  });

  test('servers --follow has told all of it, a line for each change', async () => {
    const seen = () => [
      ...following.stdout.matchAll(/ (Healthy|Failing|CachedInvalid|FailedOver|Smart|Conventional),/g),
    ];
    await following.until('the end of the outage', () => seen().length > 1 && seen().at(-1)?.[1] === 'Healthy');
    const states = seen().map(([, state]) => state);
    expect(states.slice(0, 2)).toEqual(['Smart', 'Healthy']);
    expect(states).toEqual(expect.arrayContaining(['FailedOver', 'Conventional']));
    expect((await following.stop()).code).toBe(0);
  });

  test('the query finds by text, time and Japanese names, and shows a table', async () => {
    expect(await query('--text', '*利用できません*;*nothing*')).toHaveLength(1);
    expect(await query('--type', 'システムイベント', '--level', 'エラー', '--since', '1h')).toHaveLength(2);
    expect(await query('--until', '1h')).toEqual([]);
    const newest = await lab.command('logs', 'query', '--limit', '1', '--format', 'json');
    expect(Object.keys(JSON.parse(newest.stdout))).toEqual([
      'id',
      'time',
      'type',
      'level',
      'message',
      'subject',
      'data',
      'source',
    ]);
    const { stdout } = await lab.command('logs', 'query', '--level', 'error', '--lang', 'ja');
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`Z  エラー  ${failover}  method$`)),
      expect.stringContaining(unavailable),
    ]);
    expect((await lab.command('logs', 'query', '--level', 'loud')).code).toBe(64);
  });
});
