import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type LabGateway } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const withEicar = mail(multipart([textPart('See the file.'), attachment('eicar.com', EICAR)]));

let lab: Lab;
let sink: SmtpSink;
let gateway: LabGateway;
beforeAll(async () => {
  lab = new Lab();
  sink = await startSmtpSink();
  const sps = await lab.sps(await freePort());
  gateway = await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${sps.port}` });
});
afterAll(async () => {
  await lab.close();
  await sink.close();
});

const folder = () => join(lab.folder, 'state/projections');

/** The files of all views: what was written lately is in a WAL only. */
const files = () =>
  readdirSync(folder())
    .filter((name) => /\.db(-wal)?$/.test(name))
    .map((name) => join(folder(), name));

async function send(count: number): Promise<void> {
  await using client = await SmtpClient.connect(gateway.address);
  for (let sent = 0; sent < count; sent++)
    expect(await client.send(withEicar, '<a@example.org>', ['<b@example.net>'])).toMatchObject({ code: 250 });
}

async function policyEntries(): Promise<number> {
  const { stdout } = await lab.command('logs', 'query', '--type', 'policy', '--format', 'json');
  return stdout.split('\n').filter(Boolean).length;
}

const damages: readonly [string, (file: string) => void][] = [
  ['cut off', (file) => truncateSync(file, Math.floor(statSync(file).size / 3))],
  ['garbage', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 'garbage'))],
  ['no beginning', (file) => writeFileSync(file, Buffer.concat([Buffer.alloc(100), readFileSync(file).subarray(100)]))],
];

test.each(damages)(
  'views that are damaged under a running gateway (%s): mail goes on, and the views are made anew by themselves',
  async (_what, damage) => {
    const before = sink.messages.length;
    await send(20);
    expect(await policyEntries()).toBe(before + 20);
    files().forEach(damage);
    await send(20);
    expect(sink.messages).toHaveLength(before + 40);
    await eventually('the whole log', async () => (await policyEntries()) === before + 40);
    const asides = readdirSync(folder()).filter((name) => /^policy-events\.db\.damaged-.*Z$/.test(name));
    expect(asides.length).toBeGreaterThan(0);
    await send(1);
    await eventually('what came after', async () => (await policyEntries()) === before + 41);
    const running = await lab.command('events', '--type', 'projection.failing', '--format', 'json');
    expect(running.stdout).toMatch(/damaged/);
    expect(gateway.child.exitCode).toBeNull();
  },
);

test('and at its start', async () => {
  const before = await policyEntries();
  await gateway.stop();
  for (const file of files()) writeFileSync(file, Buffer.alloc(8192, 'garbage'));
  gateway = await lab.gateway({ 'next_hop.url': sink.url });
  await send(1);
  await eventually('the whole log', async () => (await policyEntries()) === before + 1);
});
