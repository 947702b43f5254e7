import { afterEach, describe, expect, test } from 'vitest';
import type { ScanFacts } from '../../src/projections/policy-events/facts.ts';
import { type Clamd, clamdKnows, clamdMissing, startClamd } from '../support/clamd.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type SettingsGiven } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const missing = clamdMissing();
if (missing !== undefined) console.warn(`SKIPPED: a real clamd. ${missing}`);

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Whether a delivered message has a file still. */
const holds = (text: string) => (message: { content: Buffer }) =>
  message.content.includes(Buffer.from(text).toString('base64').slice(0, -4));
const infected = mail(multipart([textPart('Hello.'), attachment('x.bin', Buffer.from(clamdKnows.ndb.text))]));
const clean = mail(multipart([textPart('Hello.'), attachment('x.bin', Buffer.from('harmless'))]));

async function world(address: (clamd: Clamd) => string, given: SettingsGiven = {}) {
  const clamd = await startClamd(['StreamMaxLength 1M']);
  opened.push(() => clamd.close());
  const sink: SmtpSink = await startSmtpSink();
  opened.push(() => sink.close());
  const lab = new Lab({
    ...{ 'next_hop.url': `smtp://127.0.0.1:${sink.port}`, 'clamd.address': address(clamd) },
    ...{ 'clamd.answer_ms': 2000, 'clamd.connect_ms': 1000, 'clamd.threshold_count': 1, 'clamd.cache_seconds': 1 },
    ...{ 'clamd.stream_bytes_max': 20_000_000, ...given },
  });
  opened.push(() => lab.close());
  const sps = await freePort();
  await lab.sps(sps);
  const gateway = await lab.gateway({ 'smart_scan.servers': `https://127.0.0.1:${sps}` });
  const log = lab.follow();
  return {
    ...{ clamd, sink, lab, log, gateway },
    async send(content: Buffer): Promise<string> {
      await using client = await SmtpClient.connect(gateway.address);
      const reply = await client.send(content, '<a@example.org>', ['<b@example.net>']);
      return `${reply.code}`;
    },
    async verdict(after: Date) {
      const event = await log.until('scan.verdict', () => true, after);
      return (event.data as unknown as ScanFacts).verdict;
    },
  };
}

describe.skipIf(missing !== undefined)('a gateway with a real clamd', () => {
  test.each([
    ['TCP', ({ port }: Clamd) => `127.0.0.1:${port}`],
    ['a unix socket', ({ socket }: Clamd) => `unix:${socket}`],
  ])('over %s: what it finds is malware by clamd, and the verdict names its version', async (_, address) => {
    const { send, verdict, sink } = await world(address);
    const start = new Date();
    expect(await send(infected)).toBe('250');
    const found = await verdict(start);
    expect(found).toMatchObject({ verdict: 'malware', action: 'delete_attachment' });
    expect(found?.malware).toMatchObject([{ path: ['x.bin'], name: clamdKnows.ndb.name, by: 'clamd', part: 1 }]);
    expect(sink.messages.map(holds(clamdKnows.ndb.text))).toEqual([false]);
    const later = new Date();
    expect(await send(clean)).toBe('250');
    expect(await verdict(later)).toMatchObject({
      verdict: 'clean',
      components: { clamd: expect.stringMatching(/^ClamAV/) },
    });
  });

  test('a message larger than it takes is unscannable, and no failure', async () => {
    const { send, verdict, log } = await world(({ port }) => `127.0.0.1:${port}`);
    const start = new Date();
    const large = mail(multipart([textPart('x'), attachment('x.bin', Buffer.alloc(2_000_000))]));
    await send(large);
    expect(await verdict(start)).toMatchObject({ verdict: 'unscannable', unscannable: [{ reason: 'too-large' }] });
    await send(clean);
    await log.until('engine.healthy');
    expect(log.events.filter(({ type }) => type.includes('engine.failing'))).toEqual([]);
  });

  test('killed, stopped and back: every message is 451 or scanned, and people are told once', async () => {
    const { send, clamd, log, lab, sink } = await world(({ port }) => `127.0.0.1:${port}`);
    expect(await send(clean)).toBe('250');
    await clamd.end('SIGKILL');
    for (let n = 0; n < 4; n++) expect(await send(infected)).toBe('451');
    const tripped = await log.until('engine.cached-invalid');
    expect(tripped).toMatchObject({ severitytext: 'ERROR', data: { failCount: 2, failure: 'refused' } });
    const deferred = await log.until('scan.deferred');
    expect(deferred.data).toMatchObject({ failure: 'clamd-refused' });
    await clamd.start();
    const back = await log.until('engine.healthy', () => true, tripped);
    expect(await send(infected)).toBe('250');
    // It stands still with its sockets open: nothing is refused, and nothing is answered.
    clamd.process()?.kill('SIGSTOP');
    expect(await send(clean)).toBe('451');
    expect(await send(clean)).toBe('451');
    await log.until('engine.cached-invalid', ({ data }) => data.failure === 'timeout', back);
    clamd.process()?.kill('SIGCONT');
    await log.until('engine.healthy', () => true, await log.until('engine.probing', () => true, back));
    expect(await send(clean)).toBe('250');
    expect(sink.messages.map(holds(clamdKnows.ndb.text))).toEqual([false, false, false]);
    const { stdout } = await lab.command('logs', 'query', '--format', 'json');
    const told = stdout.split('\n').filter((line) => /clamd \(127/.test(line));
    expect(told.filter((line) => line.includes('is not available'))).toHaveLength(2);
    expect(told.filter((line) => line.includes('has recovered'))).toHaveLength(2);
    expect((await lab.command('servers')).stdout).toMatch(/clamd 127\.0\.0\.1:\d+ +Healthy/);
  }, 60_000);

  test('not required: mail goes on without it, and the verdict says so; a second clamd takes over', async () => {
    const dead = await freePort();
    const { send, clamd, verdict, log } = await world(({ port }) => `127.0.0.1:${dead}, 127.0.0.1:${port}`, {
      'clamd.required': 'no',
    });
    let start = new Date();
    expect(await send(infected)).toBe('250');
    expect(await verdict(start)).toMatchObject({ verdict: 'malware' });
    await log.until('engine.failing', ({ data }) => data.server === `127.0.0.1:${dead}`);
    await clamd.end('SIGKILL');
    start = new Date();
    expect(await send(infected)).toBe('250');
    expect(await verdict(start)).toMatchObject({ verdict: 'clean', components: { clamd: 'unavailable' } });
  }, 60_000);

  test('loads its database anew under load: nothing is lost or passed, and what is new is found', async () => {
    const { send, clamd, sink, log } = await world(({ socket }) => `unix:${socket}`, { 'clamd.answer_ms': 20_000 });
    const news = mail(multipart([textPart('x'), attachment('n.bin', Buffer.from('BRAND-NEW-THREAT'))]));
    let isFound = false;
    const replies: string[] = [];
    const senders = Array.from({ length: 4 }, async () => {
      while (!isFound) replies.push(await send(infected));
    });
    clamd.learn('Test.New', 'BRAND-NEW-THREAT');
    await expect
      .poll(
        async () => {
          await send(news);
          return log.events.some(({ data }) => JSON.stringify(data).includes('Test.New.UNOFFICIAL'));
        },
        { timeout: 20_000 },
      )
      .toBe(true)
      .finally(() => (isFound = true));
    await Promise.all(senders);
    expect(new Set(replies)).toEqual(new Set(['250']));
    expect(sink.messages.some(holds(clamdKnows.ndb.text))).toBe(false);
  }, 60_000);

  test('conventional only: a smart scan does not ask it, a conventional one does', async () => {
    const { send, verdict } = await world(({ port }) => `127.0.0.1:${port}`, { 'clamd.when': 'conventional' });
    let start = new Date();
    expect(await send(infected)).toBe('250');
    const smart = await verdict(start);
    expect(smart).toMatchObject({ verdict: 'clean', method: 'smart' });
    expect(smart?.components).not.toHaveProperty('clamd');
    const other = await world(({ port }) => `127.0.0.1:${port}`, {
      ...{ 'clamd.when': 'conventional', 'smart_scan.method': 'conventional' },
    });
    start = new Date();
    expect(await other.send(infected)).toBe('250');
    expect(await other.verdict(start)).toMatchObject({ verdict: 'malware', method: 'conventional' });
  }, 60_000);
});
