import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Verdict } from '../../src/events/scan.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { Lab } from '../support/processes.ts';
import { type RestServer, startRestServer } from '../support/rest-server.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';

/** A gateway with a Smart Protection Server, a required MHR (a real DNS server) and an advisory VirusTotal (HTTPS). */

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const key = `vt${'0'.repeat(62)}`;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const known = '9b573bc2555d8d35e4a2e927cc14217eb112f0725cb4ebff4878976a229fde45';

/** MHR as its documentation says: malware is 127.0.0.2, the rest NXDOMAIN. */
function answerAsMhr(dns: DnsServer, malware: ReadonlySet<string>): void {
  dns.answer((name) => {
    const [first = '', second = ''] = name.toLowerCase().split('.');
    return malware.has(first + second) ? { a: ['127.0.0.2'], txt: [['1611956489 28']] } : 'nxdomain';
  });
}

/** VirusTotal as its documentation says; without the key 401. */
function answerAsVirusTotal(rest: RestServer, malware: ReadonlySet<string>): void {
  rest.answer((path, headers) => {
    const id = path.split('/').at(-1) ?? '';
    if (headers['x-apikey'] !== key) return { status: 401, body: { error: { code: 'AuthenticationRequiredError' } } };
    if (!malware.has(id)) return { status: 404, body: { error: { code: 'NotFoundError' } } };
    const stats = { malicious: 40, suspicious: 1, undetected: 20, harmless: 0 };
    const label = { suggested_threat_label: 'trojan.sample/test' };
    const attributes = { last_analysis_stats: stats, popular_threat_classification: label };
    return { body: { data: { type: 'file', id, attributes } } };
  });
}

async function world() {
  const dns = await startDnsServer();
  opened.push(() => dns.stop().catch(() => {}));
  const rest = await startRestServer();
  opened.push(() => rest.close());
  answerAsMhr(dns, new Set([known, sha256('known to MHR')]));
  answerAsVirusTotal(rest, new Set(['known to VirusTotal', 'known to it, too'].map(sha256)));
  const sink = await startSmtpSink();
  opened.push(() => sink.close());
  const sps = await freePort();
  const lab = new Lab();
  opened.push(() => lab.close());
  writeFileSync(join(lab.folder, 'vt.key'), `${key}\n`, { mode: 0o600 });
  lab.writeIni(`
[next_hop]
url = smtp://127.0.0.1:${sink.port}
[smart_protection]
cache_threshold_count = 2
cache_seconds = 2
[smart_scan]
servers = https://127.0.0.1:${sps}
services = cymru, vt
query_timeout_ms = 1000
[service.cymru]
kind = mhr
role = required
resolvers = ${dns.address}
timeout_ms = 1000
[service.vt]
kind = virustotal
url = ${rest.url}
ca_file = ${rest.caFile}
key_file = vt.key
requests_per_minute_max = 1000
timeout_ms = 1000
`);
  await lab.sps(sps);
  const gateway = await lab.gateway();
  const log = lab.follow();
  let sent = 0;
  return {
    ...{ dns, rest, sink, lab, gateway, log },
    async send(file: string): Promise<number> {
      await using client = await SmtpClient.connect(gateway.address);
      const content = mail(multipart([textPart('Hello.'), attachment('x.bin', Buffer.from(file))]));
      return (await client.send(content, '<a@example.org>', ['<b@example.net>'])).code;
    },
    /** A file that nobody knows. */
    other: () => `nobody knows this: ${++sent}`,
    async verdict(after: Date): Promise<Verdict> {
      return (await log.until('scan.verdict', () => true, after)).data.verdict as Verdict;
    },
  };
}

test('malware of either is treated; of an outage of the required one people hear, and of its end', {
  timeout: 120_000,
}, async () => {
  const { dns, rest, sink, lab, gateway, log, send, other, verdict } = await world();

  expect((await lab.command('services', '--hash', sha256('known to VirusTotal'))).stdout).toMatch(
    /cymru +mhr +required .* unknown\nvt +virustotal +advisory .* malicious: trojan\.sample\/test \(40 of 61 engines\)/,
  );
  // This one does not know EICAR.
  const tried = await lab.command('services');
  expect(tried.code).toBe(69);
  expect(tried.stdout).toMatch(/cymru .* works\nvt .* response: VirusTotal does not know the EICAR test file/);
  rest.requests.length = 0;

  let start = new Date();
  expect(await send('known to MHR')).toBe(250);
  expect(await verdict(start)).toMatchObject({
    malware: [{ name: 'MHR.Malware', path: ['x.bin'], details: 'found by 28 % of engines, seen 2021-01-29' }],
    action: 'delete_attachment',
  });
  start = new Date();
  expect(await send('known to VirusTotal')).toBe(250);
  expect(await verdict(start)).toMatchObject({
    malware: [{ name: 'trojan.sample/test', details: '40 of 61 engines' }],
  });
  start = new Date();
  expect(await send(other())).toBe(250);
  expect(await verdict(start)).toMatchObject({ verdict: 'clean', method: 'smart', servers: ['cymru', 'vt'] });
  // Of what came with the mail, not of the mail itself.
  expect(rest.requests).toHaveLength(3);

  // No resolver: threshold + 1 messages, then conventional scans, for the message that finds it so, too.
  start = new Date();
  await dns.stop();
  const codes: number[] = [];
  for (let each = 0; each < 6; each++) codes.push(await send(other()));
  expect(codes).toEqual([451, 451, 451, 250, 250, 250]);
  const tripped = await log.until('server.cached-invalid', ({ subject }) => subject === 'server/cymru');
  expect(tripped).toMatchObject({ severitytext: 'ERROR', data: { service: 'mhr', required: true, failCount: 3 } });
  expect((await log.until('scan.deferred')).data).toMatchObject({ failure: 'refused' });
  await log.until('method.conventional', ({ severitytext }) => severitytext === 'ERROR', start);
  expect((await lab.command('servers')).stdout).toMatch(/service cymru \(mhr\) +FailedOver, required/);
  // VirusTotal answers still, beside the conventional pattern.
  start = new Date();
  expect(await send('known to it, too')).toBe(250);
  expect(await verdict(start)).toMatchObject({
    ...{ verdict: 'malware', method: 'conventional' },
    unanswered: [{ server: 'cymru', kind: 'invalid' }],
  });

  // It returns by itself when its own example is malware again.
  await dns.start();
  const back = await log.until('method.smart', ({ data }) => data.from === 'Conventional', tripped);
  expect(await send(other())).toBe(250);
  expect((await log.until('scan.verdict', () => true, back)).data.verdict).toMatchObject({ method: 'smart' });

  // The advisory one is silent: no message is lost to it, and it is left alone.
  rest.answer(() => ({ status: 503, body: {} }));
  start = new Date();
  for (let each = 0; each < 5; each++) expect(await send(other())).toBe(250);
  expect(await verdict(start)).toMatchObject({ verdict: 'clean', unanswered: [{ server: 'vt', kind: 'status' }] });
  await log.until(
    'server.cached-invalid',
    ({ subject, severitytext }) => subject === 'server/vt' && severitytext === 'WARN',
  );
  expect(log.events.filter(({ type, time }) => type.includes('method.conventional') && new Date(time) > start)).toEqual(
    [],
  );

  const { stdout } = await lab.command('logs', 'query', '--lang', 'ja');
  expect(stdout).toContain('レピュテーションサービス Team Cymru MHR (cymru) が2秒間利用できません。');
  expect(stdout).toContain('Team Cymru MHR (cymru) が回復しました。');
  expect(stdout).toContain('VirusTotal (vt) が2秒間利用できません。メールはこのサービスなしで検索されます。');
  expect(sink.messages).toHaveLength(codes.filter((code) => code === 250).length + 10);

  // The quota of the day is kept; the key is nowhere but in its file.
  const used = JSON.parse(readFileSync(join(lab.folder, 'state/services/vt.json'), 'utf8')) as { taken: number };
  expect(used.taken).toBeGreaterThanOrEqual(5);
  expect(gateway.stdout + gateway.stderr + stdout + JSON.stringify(log.events)).not.toContain(key);
});

test('settings that cannot be meant are refused before anything listens', async () => {
  const lab = new Lab();
  opened.push(() => lab.close());
  writeFileSync(join(lab.folder, 'open.key'), `${key}\n`, { mode: 0o644 });
  lab.writeIni(
    '[smart_scan]\nservices = vt, gone\n[service.vt]\nkind = virustotal\n[service.other]\nrole = advisory\n',
  );
  const wrong = await lab.command('check-config');
  expect(wrong.code).toBe(78);
  expect(wrong.stderr).toContain('this service needs a key_file');
  expect(wrong.stderr).toContain('there is no section [service.gone]');
  expect(wrong.stderr).toContain('[service.other] has no kind');
  lab.writeIni('[smart_scan]\nservices = vt\n[service.vt]\nkind = virustotal\nkey_file = open.key\n');
  for (const command of ['check-config', 'gateway', 'services']) {
    const { code, stdout, stderr } = await lab.command(command);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('chmod 600');
    expect(stdout + stderr).not.toContain(key);
  }
});
