import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/events/scan.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway, type LabSps, type SettingsGiven } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const known = 'malware that only the server knows';
const other = 'more of it';
const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');
const mailWith = (content: string) => mail(multipart([textPart('x'), attachment('known.exe', Buffer.from(content))]));

async function send({ address }: LabGateway, content: string) {
  await using client = await SmtpClient.connect(address);
  return (await client.send(mailWith(content))).code;
}

describe('kept answers of a server that is gone', () => {
  let lab: Lab;
  let sink: SmtpSink;
  let sps: LabSps;
  let settings: SettingsGiven;
  let journal: Follower;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    sps = await lab.sps(await freePort());
    await importHashes('known.txt', [known, other]);
    settings = {
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://127.0.0.1:${sps.port}`,
      'smart_scan.filter_check_seconds': 1,
      // No connection is tried on the way: what decides is the cache.
      'smart_scan.fail_over': 'no',
    };
  });
  afterAll(async () => {
    await lab.close();
    await sink.close();
  });

  async function importHashes(name: string, contents: readonly string[]) {
    writeFileSync(join(lab.folder, name), contents.map((content) => `${hashOf(content)}\n`).join(''));
    expect((await lab.command('sps', 'import', name)).code).toBe(0);
  }

  /** Verdict of the last message. */
  async function verdict(after: Date): Promise<Verdict> {
    const event = await journal.until('scan.verdict', () => true, after);
    return (event.data as { verdict: Verdict }).verdict;
  }

  /** On disk within a second, unless the file says so already. */
  const written = (hash: string) =>
    eventually('the answer on disk', () => {
      const file = join(lab.folder, 'state/verdict-cache/answers');
      return existsSync(file) && readFileSync(file, 'utf8').includes(hash);
    });

  test('decide after kill -9 and without the server, and say whose answer it was', async () => {
    const first = await lab.gateway(settings);
    journal = lab.follow();
    const asked = new Date();
    expect(await send(first, known)).toBe(250);
    const server = `127.0.0.1:${sps.port}`;
    const before = await verdict(asked);
    expect(before).toMatchObject({ verdict: 'malware', servers: [server], malware: [{ by: 'server', server }] });
    await written(hashOf(known));
    await first.kill();
    await sps.stop();

    const second = await lab.gateway(settings);
    const again = new Date();
    expect(await send(second, known)).toBe(250);
    // The same words of the same server on the same pattern; nobody was asked.
    expect(await verdict(again)).toMatchObject({ verdict: 'malware', servers: ['cache'], malware: before.malware });
    expect(await send(second, other)).toBe(451);
    await second.stop();
  });

  test('and survive a restart of the scan service', async () => {
    const gateway = await lab.gateway(settings);
    const from = gateway.stdout.length;
    lab.writeIni('[virus_rule]\nheaders = no\n');
    gateway.child.kill('SIGHUP');
    await gateway.untilOutput(/"service running"/, from);
    expect(await send(gateway, known)).toBe(250);
    await gateway.stop();
  });

  test('until somebody orders to forget them', async () => {
    const gateway = await lab.gateway(settings);
    expect((await lab.command('command', 'forget-answers', '--wait', '60')).code).toBe(0);
    expect(await send(gateway, known)).toBe(451);
    await gateway.kill();
    const next = await lab.gateway(settings);
    expect(await send(next, known)).toBe(451);
    await next.stop();
  });

  test('but not a new version of the pattern: the filter tells of it, and what is known is asked again', async () => {
    sps = await lab.sps(sps.port);
    const gateway = await lab.gateway(settings);
    expect(await send(gateway, known)).toBe(250);
    await importHashes('new.txt', ['another file']);
    const updated = new Date();
    await journal.until('updater.updated', ({ data }) => data.component === 'filter', updated);
    await sps.stop();
    expect(await send(gateway, known)).toBe(451);
    await gateway.stop();
    const next = await lab.gateway(settings);
    expect(await send(next, known)).toBe(451);
    await next.stop();
  });

  test('are not on disk when they are not to be', async () => {
    const gateway = await lab.gateway({ ...settings, 'smart_scan.answers_on_disk': 'no' });
    expect(existsSync(join(lab.folder, 'state/verdict-cache'))).toBe(false);
    await gateway.stop();
  });
});
