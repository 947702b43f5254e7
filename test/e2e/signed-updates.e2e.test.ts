import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ComponentName } from '../../src/events/command.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { newSigner } from '../support/packages.ts';
import { type Follower, type JournalEvent, Lab, type LabGateway } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

let lab: Lab;
let sink: SmtpSink;
let gateway: LabGateway;
let journal: Follower;
let keysFile: string;
let given: Record<string, string | number>;
const spsKeys = () => join(lab.folder, 'state/sps/signing-key.pub.pem');

beforeAll(async () => {
  lab = new Lab({ 'sps.component_min_wait_seconds': 0 });
  sink = await startSmtpSink();
  const port = await freePort();
  await lab.sps(port);
  keysFile = join(lab.folder, 'keys.pem');
  copyFileSync(spsKeys(), keysFile);
  given = {
    'next_hop.url': sink.url,
    'smart_scan.servers': `https://127.0.0.1:${port}`,
    'smart_scan.filter_check_seconds': 1,
    'smart_scan.answers_max': 0,
    'smart_protection.cache_threshold_count': 1000,
    'update.keys_file': keysFile,
    'update.interval_seconds': 1,
    'update.retry_seconds': 1,
    'update.jitter_seconds_max': 0,
  };
  gateway = await lab.gateway(given);
  journal = lab.follow();
});
afterAll(async () => {
  await lab.close();
  await sink.close();
});

const sample = () => randomBytes(1000);
/** Into the smart scan pattern and both local ones. */
async function publish(content: Buffer): Promise<void> {
  const file = join(lab.folder, 'known.hsb');
  writeFileSync(file, `${createHash('sha256').update(content).digest('hex')}:${content.length}:Known.Sample\n`);
  const { code, stderr } = await lab.command('sps', 'import', '--agent', file);
  expect([code, stderr]).toEqual([0, expect.anything()]);
}
const all: readonly ComponentName[] = ['filter', 'agent', 'conventional'];
const of = (component: ComponentName) => (event: JournalEvent) => event.data.component === component;
const until = async (type: string, after: Date) => {
  for (const component of all) await journal.until(`sekisho.updater.${type}`, of(component), after);
};
async function verdictOf(content: Buffer): Promise<string> {
  sink.messages.length = 0;
  await using client = await SmtpClient.connect(gateway.address);
  const reply = await client.send(mail(multipart([textPart('x'), attachment('file.exe', content)])));
  expect(reply.code).toBe(250);
  return /^X-Sekisho: \w+/.exec(String(sink.messages[0]?.content))?.[0] ?? '';
}

test('what the server publishes is in use at the gateway, soon and by itself', async () => {
  const content = sample();
  expect(await verdictOf(content)).toBe('X-Sekisho: clean');
  const before = new Date();
  await publish(content);
  await until('updated', before);
  expect(await verdictOf(content)).toBe('X-Sekisho: malware');
});

test('what no trusted key signed is not: told with its kind, and mail is scanned with what was there', async () => {
  const [known, next] = [sample(), sample()];
  let before = new Date();
  await publish(known);
  await until('updated', before);
  writeFileSync(keysFile, newSigner().pem);
  before = new Date();
  await publish(next);
  for (const component of all) {
    const { data } = await journal.until('sekisho.updater.failed', of(component), before);
    expect((data.trigger as { error: { kind: string } }).error.kind).toBe('wrongly-signed');
  }
  expect([await verdictOf(known), await verdictOf(next)]).toEqual(['X-Sekisho: malware', 'X-Sekisho: clean']);
  // The key comes back, and with it what was missed.
  before = new Date();
  copyFileSync(spsKeys(), keysFile);
  await until('updated', before);
  expect(await verdictOf(next)).toBe('X-Sekisho: malware');
});

test('without any key the gateway says so, and goes on; the server is not blamed for it', async () => {
  writeFileSync(keysFile, '');
  const before = new Date();
  for (const component of all) {
    const { data } = await journal.until('sekisho.updater.failed', of(component), before);
    expect((data.trigger as { error: object }).error).toMatchObject({
      kind: 'no-key',
      message: expect.stringContaining('holds no public key'),
    });
  }
  await gateway.stop();
  gateway = await lab.gateway(given);
  const content = sample();
  expect(await verdictOf(content)).toBe('X-Sekisho: clean');
  const blamed = journal.events.filter(
    ({ type, time }) => type.startsWith('sekisho.server.failing') && new Date(time) > before,
  );
  expect(blamed).toEqual([]);
  copyFileSync(spsKeys(), keysFile);
});

test('a key is replaced without a gap: both sign, so that who trusts either takes what comes', async () => {
  const old = readFileSync(spsKeys());
  expect((await lab.command('sps', 'key', 'rotate')).code).toBe(0);
  const [first, second] = [sample(), sample()];
  // The gateway trusts the old one only.
  writeFileSync(keysFile, old);
  let before = new Date();
  await publish(first);
  await until('updated', before);
  expect(await verdictOf(first)).toBe('X-Sekisho: malware');
  // And now the new one only.
  const [newest = ''] = readFileSync(spsKeys(), 'utf8').split(/(?<=-----END PUBLIC KEY-----\n)/);
  expect(String(old)).not.toContain(newest);
  writeFileSync(keysFile, newest);
  before = new Date();
  await publish(second);
  await until('updated', before);
  expect(await verdictOf(second)).toBe('X-Sekisho: malware');
});

const isPythonThere = spawnSync('python3', ['-c', 'import http.server']).status === 0;
const title = 'any web server will do: patterns come from a folder over plain HTTP, which needs no trust';
test.skipIf(!isPythonThere)(isPythonThere ? title : `${title} (skipped: apt-get install python3)`, async () => {
  const root = join(lab.folder, 'www');
  expect((await lab.command('sps', 'publish', '--to', root)).code).toBe(0);
  const port = await freePort();
  const argv = ['-u', '-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', root];
  const web = spawn('python3', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const requests: string[] = [];
  createInterface({ input: web.stderr }).on('line', (line) => requests.push(/GET (\S+)/.exec(line)?.[1] ?? line));
  await once(web.stdout, 'data');
  const elsewhere = new Lab({ 'update.url': `http://127.0.0.1:${port}` });
  try {
    copyFileSync(spsKeys(), keysFile);
    const mirrored = await elsewhere.gateway({ ...given, 'smart_scan.ca_file': join(lab.folder, 'state/sps/ca.pem') });
    await using client = await SmtpClient.connect(mirrored.address);
    const reply = await client.send(mail(multipart([textPart('x'), attachment('file.exe', EICAR)])));
    expect([reply.code, String(sink.messages.at(-1)?.content)]).toEqual([
      250,
      expect.stringMatching(/^X-Sekisho: malware/),
    ]);
    const envelopes = ['/v1/components/agent.json', '/v1/components/conventional.json'];
    expect(requests).toEqual(expect.arrayContaining(envelopes));
    expect(
      requests.filter((path) => /^\/v1\/components\/(agent|conventional)\/files\/[0-9a-f]{64}$/.test(path)).length,
    ).toBeGreaterThan(1);
  } finally {
    web.kill();
    await elsewhere.close();
  }
});
