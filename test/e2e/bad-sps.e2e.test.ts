import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { type Follower, Lab, type LabGateway } from '../support/processes.ts';
import { type Mode, type ScriptedSps, startScriptedSps } from '../support/scripted-sps.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const scanningError = { code: 451, text: 'Email rejected for a scanning error.' };

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const file = (name: string) => Buffer.from(`malware for ${name}`);
const mailWith = (name: string) => mail(multipart([textPart('x'), attachment('known.exe', file(name))]));
const withEicar = mail(multipart([textPart('x'), attachment('eicar.com', EICAR)]));

async function send(address: string, content: Buffer) {
  await using client = await SmtpClient.connect(address);
  const { code, text } = await client.send(content);
  return { code, text };
}

/** A server that knows EICAR and these names' files, with patterns that know EICAR alone. */
async function startKnowing(names: readonly string[]): Promise<ScriptedSps> {
  const sps = await startScriptedSps();
  sps.verdicts.set(sha256Of(EICAR), 'Eicar');
  for (const name of names) sps.verdicts.set(sha256Of(file(name)), `Known.${name}`);
  for (const pattern of Object.values(sps.patterns))
    pattern.set('main.hsb', Buffer.from(`${sha256Of(EICAR)}:${EICAR.length}:Eicar\n`));
  return sps;
}

const isSectionTwo = (line: string) => /^\[NORMAL\]|^Error: scan module internal error/.test(line);

/** The lines of section 2 on the terminal log since then, once there are three for each of so many messages. */
function sectionTwo(gateway: LabGateway, from: number, messages = 1): Promise<string[]> {
  return gateway.until('the three lines of section 2', () => {
    const lines = gateway.messages(from).filter(isSectionTwo);
    return lines.length >= 3 * messages && lines;
  });
}

const threeLines = (name: string) => [
  `[NORMAL][iCRC] ICRC_QUERY_ERR_${name}`,
  '[NORMAL]Abort Scanning due to SmartScan query error',
  expect.stringMatching(/^Error: scan module internal error for [0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/),
];

const failures: [Mode, string][] = [
  ['refuse', 'NETWORK_REFUSED'],
  ['reset', 'NETWORK_RESET'],
  ['silent', 'NETWORK_TIMEOUT'],
  ['hang', 'NETWORK_TIMEOUT'],
  ['slow', 'NETWORK_TIMEOUT'],
  ['wrong-name', 'NETWORK_TLS'],
  ['untrusted', 'NETWORK_TLS'],
  ['expired', 'NETWORK_TLS'],
  ['garbage', 'RESPONSE'],
  ['truncated', 'RESPONSE'],
  ['damaged', 'RESPONSE'],
  ['too-large', 'RESPONSE'],
  ['wrong-type', 'RESPONSE'],
  ['missing-hash', 'RESPONSE'],
  ['extra-hash', 'RESPONSE'],
  [500, 'STATUS'],
  [503, 'STATUS'],
  [401, 'CREDENTIALS'],
  [403, 'CREDENTIALS'],
];

describe('a server that answers badly', () => {
  let lab: Lab;
  let sps: ScriptedSps;
  let sink: SmtpSink;
  let gateway: LabGateway;
  let journal: Follower;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    const names = [...failures.map(([mode]) => mode), 400, 413, 429, 'while throttled', 'invalid', 'lines'];
    sps = await startKnowing([...names.map(String), ...Array.from({ length: 12 }, (_, count) => `trip ${count}`)]);
    gateway = await lab.gateway({
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://${sps.address.id}`,
      'smart_scan.ca_file': sps.caFile,
      'update.keys_file': sps.keysFile,
      'smart_scan.query_timeout_ms': 1000,
      'smart_protection.cache_seconds': 2,
    });
    journal = lab.follow();
  });
  afterAll(async () => {
    await lab.close();
    await sps.close();
    await sink.close();
  });
  beforeEach(async () => {
    await sps.script('ok');
    sink.messages.length = 0;
  });
  const headers = () => sink.messages.map(({ content }) => content.toString().split(';', 2).join(';'));

  test.each(failures)(
    '%s: 451, ICRC_QUERY_ERR_%s and the lines of section 2; the retry is scanned (D4, D5)',
    async (mode, name) => {
      const from = gateway.stdout.length;
      await sps.script(mode);
      expect(await send(gateway.address, mailWith(String(mode)))).toEqual(scanningError);
      expect(await sectionTwo(gateway, from)).toEqual(threeLines(name));
      expect(sink.messages).toHaveLength(0);
      const failing = await journal.until('sekisho.server.failing', ({ data }) => {
        const { kind } = data.trigger as { kind?: string };
        return kind === name.toLowerCase().replace('network_', '');
      });
      expect(failing.data.failCount).toBe(1);
      await sps.script('ok');
      expect((await send(gateway.address, mailWith(String(mode)))).code).toBe(250);
      expect(headers()).toEqual(['X-Sekisho: malware; method=smart']);
    },
  );

  test.each([400, 413] as const)('%i is charged to the message: unscannable, refused (D5)', async (mode) => {
    const after = new Date();
    await sps.script(mode);
    const reply = await send(gateway.address, mailWith(String(mode)));
    expect(reply).toMatchObject({ code: 250, text: expect.stringContaining('quarantined as') });
    const id = reply.text.slice(-36);
    const verdict = await journal.until('sekisho.scan.verdict', ({ correlationid }) => correlationid === id);
    expect(verdict.data.verdict).toMatchObject({ verdict: 'unscannable', unscannable: [{ reason: 'refused' }] });
    expect(
      journal.events.filter(({ type, time }) => Date.parse(time) > after.getTime() && type.includes('.server.')),
    ).toEqual([]);
    expect(sink.messages).toHaveLength(0);
  });

  test('429: left alone for its Retry-After, the fail count stays, mail is 451 and not lost (D6)', async () => {
    const from = gateway.stdout.length;
    const after = new Date();
    sps.retryAfter = '1';
    await sps.script(({ resource }) => (resource === 'query' ? 429 : 'ok'));
    expect(await send(gateway.address, mailWith('429'))).toEqual(scanningError);
    const throttled = await journal.until('sekisho.server.throttled', () => true, after);
    expect(throttled.data).toMatchObject({ failCount: 0 });
    expect(await sectionTwo(gateway, from)).toEqual(threeLines('THROTTLED'));
    await journal.until('sekisho.server.healthy', () => true, throttled);
    await sps.script('ok');
    expect((await send(gateway.address, mailWith('429'))).code).toBe(250);
    expect(headers()).toEqual(['X-Sekisho: malware; method=smart']);
  });

  test('cached as invalid but reachable: not asked, 451 with its lines, no switch; then a second trip fails over (D13)', async () => {
    await sps.script(({ resource }) => (resource === 'query' ? 500 : 'ok'));
    const after = new Date();
    const begin = gateway.stdout.length;
    for (let count = 0; count < 11; count++)
      expect(await send(gateway.address, mailWith(`trip ${count}`)), `failure ${count + 1}`).toEqual(scanningError);
    const asked = sps.queries.length;
    expect(await sectionTwo(gateway, begin, 11)).toHaveLength(33);
    const from = gateway.stdout.length;
    expect(await send(gateway.address, mailWith('invalid'))).toEqual(scanningError);
    expect(sps.queries).toHaveLength(asked);
    const tripped = await journal.until('sekisho.server.cached-invalid.v1', () => true, after);
    expect(tripped.data).toMatchObject({ failCount: 11 });
    expect(await sectionTwo(gateway, from)).toEqual(threeLines('SERVER_INVALID'));
    await journal.until('sekisho.server.failing', () => true, tripped);
    // The failure that trips again is treated as received while invalid (D15): scanned conventionally at once.
    expect((await send(gateway.address, mailWith('invalid'))).code).toBe(250);
    expect(headers()).toEqual(['X-Sekisho: clean; method=conventional']);
    const failedOver = await journal.until('sekisho.server.failed-over.v1', () => true, tripped);
    await sps.script('ok');
    await journal.until('sekisho.server.healthy', () => true, failedOver);
  });
});

describe('downloads', () => {
  let lab: Lab;
  let sps: ScriptedSps;
  let sink: SmtpSink;
  let gateway: LabGateway;
  let journal: Follower;
  let given: Record<string, string | number>;

  beforeAll(async () => {
    lab = new Lab();
    sink = await startSmtpSink();
    sps = await startKnowing(['first', 'second']);
    given = {
      'next_hop.url': sink.url,
      'smart_scan.servers': `https://${sps.address.id}`,
      'smart_scan.ca_file': sps.caFile,
      'update.keys_file': sps.keysFile,
      'smart_scan.filter_check_seconds': 1,
      'smart_scan.answers_max': 0,
      'update.interval_seconds': 1,
      'update.retry_seconds': 1,
      'smart_protection.cache_threshold_count': 1000,
    };
    gateway = await lab.gateway(given);
    journal = lab.follow();
  });
  afterAll(async () => {
    await lab.close();
    await sps.close();
    await sink.close();
  });

  const failed = (component: string, after: Date) =>
    journal.until('sekisho.updater.failed', ({ data }) => data.component === component, after);
  const scansAsBefore = async () => {
    sink.messages.length = 0;
    expect((await send(gateway.address, withEicar)).code).toBe(250);
    expect((await send(gateway.address, mailWith('first'))).code).toBe(250);
    for (const { content } of sink.messages) expect(content.toString()).toMatch(/^X-Sekisho: malware; method=smart/);
    expect(sink.messages).toHaveLength(2);
  };

  test.each(['damaged', 'truncated', 'garbage', 500] as const)(
    '%s: filter and patterns are refused, the last good ones stay',
    async (mode) => {
      const after = new Date();
      sps.filterVersion = `bad ${mode}`;
      sps.patternVersion = `bad-${mode}`;
      await sps.script(({ resource }) => (resource === 'filter' || resource === 'patterns' ? mode : 'ok'));
      for (const component of ['filter', 'agent', 'conventional']) {
        const { data } = await failed(component, after);
        expect((data.trigger as { error: { message: string } }).error.message).not.toBe('');
      }
      await scansAsBefore();
      const installed = journal.events.filter(
        ({ type, time }) => Date.parse(time) > after.getTime() && type.includes('updater.updated'),
      );
      expect(installed).toEqual([]);
    },
  );

  test('whole files that say nothing are refused, too: no EICAR, no signature', async () => {
    const after = new Date();
    sps.filterVersion = 'without-eicar';
    sps.patternVersion = 'empty';
    const knownFiles = sps.patterns.agent.get('main.hsb') as Buffer;
    sps.patterns.agent.set('main.hsb', Buffer.from('# nothing\n'));
    sps.verdicts.delete(sha256Of(EICAR));
    await sps.script('ok');
    await failed('filter', after);
    await failed('agent', after);
    await scansAsBefore();
    sps.patterns.agent.set('main.hsb', knownFiles);
    sps.verdicts.set(sha256Of(EICAR), 'Eicar');
  });

  test('after kill -9 the last good ones are loaded from disk, and good new ones are taken', async () => {
    await sps.script(({ resource }) => (resource === 'query' || resource === 'health' ? 'ok' : 'garbage'));
    await gateway.kill();
    gateway = await lab.gateway(given);
    await scansAsBefore();
    const after = new Date();
    sps.filterVersion = 'good';
    sps.patternVersion = 'good';
    await sps.script('ok');
    for (const component of ['filter', 'agent', 'conventional'] as const)
      await journal.until(
        'sekisho.updater.updated',
        ({ data }) => data.component === component && data.version === sps.versionOf(component),
        after,
      );
    await scansAsBefore();
  });
});

describe('a second server', () => {
  test('of another pattern is left out with an event; mail is 451, then scanned (D11)', async () => {
    const lab = new Lab();
    const sink = await startSmtpSink();
    const first = await startKnowing(['one', 'two', 'three']);
    const second = await startKnowing(['one', 'two', 'three']);
    await second.script('other-pattern');
    try {
      const gateway = await lab.gateway({
        'next_hop.url': sink.url,
        'smart_scan.servers': `https://${first.address.id}, https://${second.address.id}`,
        'smart_scan.ca_file': first.caFile,
        'update.keys_file': first.keysFile,
      });
      const journal = lab.follow();
      expect((await send(gateway.address, mailWith('one'))).code).toBe(250);
      await first.script(({ resource }) => (resource === 'query' ? 500 : 'ok'));
      const from = gateway.stdout.length;
      expect(await send(gateway.address, mailWith('two'))).toEqual(scanningError);
      expect(await sectionTwo(gateway, from)).toEqual(threeLines('PATTERN'));
      const leftOut = await journal.until('sekisho.server.left-out');
      expect(leftOut.data).toMatchObject({ server: second.address.id, trigger: { patternId: 'another' } });
      await first.script('ok');
      expect((await send(gateway.address, mailWith('two'))).code).toBe(250);
      expect(sink.messages).toHaveLength(2);
    } finally {
      await lab.close();
      await Promise.all([first.close(), second.close(), sink.close()]);
    }
  });
});
