import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createGatewayMetrics } from '../../../src/adapters/metrics/gateway-metrics.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { eventsOf } from '../../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../../support/recorded-histories.ts';

let nowMs = 1_800_000_000_000;
function gatewayMetrics() {
  return createGatewayMetrics({
    now: () => nowMs,
    version: '1.2.3',
    journal: {
      ...{ state: () => 'full', head: () => 100, usedBytes: () => 4096, bytesMax: 8192 },
      readers: async () => new Map([['projection/servers', 90]]),
    },
    clients: () => 3,
    answers: () =>
      new Map([
        [
          'smart-protection',
          {
            hits: new Map([['sps:443', 7]]),
            ...{ misses: 5, expired: 2, evicted: 1, emptied: 3, entries: 40, bytes: 13_000 },
          },
        ],
      ]),
  });
}

/** The samples of a scrape by name and labels, read by the grammar of the format and not by the library that wrote it. */
async function samples(events: readonly Envelope[]): Promise<Map<string, number>> {
  const metrics = gatewayMetrics();
  for (const event of events) metrics.observe(event);
  return parsed((await metrics.scrape()).text);
}

const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/;

function parsed(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const found = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((each) => each !== '')) {
    const [, hash, name = ''] = /^# (HELP|TYPE) (\S+) /.exec(line) ?? [];
    if (hash === 'TYPE') typed.add(name);
    if (hash !== undefined) continue;
    const [, of = '', labels = '', value] = sample.exec(line) ?? [];
    expect(of, line).not.toBe('');
    expect(typed.has(of) || typed.has(of.replace(/_(bucket|sum|count)$/, '')), `${of} has a type`).toBe(true);
    expect(found.has(of + labels), `${line} is there once`).toBe(false);
    found.set(of + labels, Number(value));
  }
  return found;
}

const event = eventsOf();
const outage = recordedHistories()
  .filter(({ name }) => name.endsWith('outage'))
  .flatMap(eventsOfToday);

describe('metrics of a gateway', () => {
  test('a message, from its arrival to its reply', async () => {
    const verdict = {
      verdict: 'malware',
      method: 'smart',
      action: 'reject',
      malware: [{ name: 'Evil\n"1\\' }],
      servers: ['a:443'],
    };
    const found = await samples([
      event('scan.agent-pattern', 'scan/A', { state: 'AgentPattern', input: { size: 700 } }),
      event('scan.verdict', 'scan/A', { from: 'Querying', state: 'Verdict', verdict, elapsedMs: 40, fromMs: 12 }),
      event('scan.answered', 'scan/A', { state: 'Answered', reply: { code: 550 }, elapsedMs: 50 }),
      event('scan.deferred', 'scan/B', { state: 'Deferred', failure: 'timeout' }),
    ]);
    expect(Object.fromEntries(found)).toMatchObject({
      sekisho_messages_received_total: 1,
      sekisho_messages_received_bytes_total: 700,
      'sekisho_messages_total{verdict="malware",action="reject",method="smart"}': 1,
      'sekisho_malware_messages_total{method="smart"}': 1,
      'sekisho_scan_duration_seconds_bucket{le="0.032",verdict="malware",method="smart"}': 0,
      'sekisho_scan_duration_seconds_bucket{le="0.064",verdict="malware",method="smart"}': 1,
      'sekisho_query_duration_seconds_sum{server="a:443"}': 0.012,
      'sekisho_queries_total{server="a:443",outcome="answered"}': 1,
      'sekisho_replies_total{code="5xx"}': 1,
      'sekisho_messages_deferred_total{reason="timeout"}': 1,
    });
    // What came with a mail is no label.
    expect([...found.keys()].filter((name) => name.includes('Evil'))).toEqual([]);
  });

  test('an outage: state and fail count of the server, trip, failover, component', async () => {
    const server = (name: string, state: string, failCount: number, from = 'Failing') =>
      event(`server.${name}`, 'server/a:443', { server: 'a:443', state, from, epoch: 1, failCount });
    const found = await samples([
      server('failing', 'Failing', 1, 'Healthy'),
      server('cached-invalid', 'CachedInvalid.Unasked', 11),
      server('failed-over', 'FailedOver.Resting', 11, 'CachedInvalid.Connecting'),
      event('method.conventional', 'method', { method: 'conventional' }, 'ERROR'),
      event('updater.current', 'component/agent', { component: 'agent', version: '7' }),
    ]);
    expect(Object.fromEntries(found)).toMatchObject({
      'sekisho_server_state{server="a:443",state="FailedOver"}': 1,
      'sekisho_server_state{server="a:443",state="CachedInvalid"}': 0,
      'sekisho_server_consecutive_failures{server="a:443"}': 11,
      'sekisho_server_trips_total{server="a:443"}': 1,
      'sekisho_search_method{method="conventional"}': 1,
      'sekisho_search_method{method="smart"}': 0,
      sekisho_failovers_total: 1,
      'sekisho_component_age_seconds{component="agent"}': 0,
    });
  });

  test('what is looked at: journal, readers, sessions, and the process', async () => {
    const found = await samples([]);
    expect(Object.fromEntries(found)).toMatchObject({
      sekisho_journal_bytes: 4096,
      sekisho_journal_bytes_max: 8192,
      sekisho_journal_writable: 0,
      sekisho_journal_events_total: 100,
      'sekisho_projection_lag_events{reader="projection/servers"}': 10,
      sekisho_smtp_sessions: 3,
      'sekisho_answer_cache_hits_total{service="smart-protection",server="sps:443"}': 7,
      'sekisho_answer_cache_misses_total{service="smart-protection"}': 5,
      'sekisho_answer_cache_expired_total{service="smart-protection"}': 2,
      'sekisho_answer_cache_evicted_total{service="smart-protection"}': 1,
      'sekisho_answer_cache_emptied_total{service="smart-protection"}': 3,
      'sekisho_answer_cache_entries{service="smart-protection"}': 40,
      'sekisho_answer_cache_bytes{service="smart-protection"}': 13_000,
      'sekisho_build_info{version="1.2.3"}': 1,
    });
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(found.has('nodejs_eventloop_lag_seconds')).toBe(true);
  });

  test('asking twice adds nothing', async () => {
    const metrics = gatewayMetrics();
    const first = (await metrics.scrape()).text;
    const hits = (text: string) => [...parsed(text)].filter(([name]) => name.startsWith('sekisho_answer_cache'));
    expect(hits((await metrics.scrape()).text)).toEqual(hits(first));
  });

  test('the age of a component grows, and is never negative when the clock jumps back', async () => {
    const metrics = gatewayMetrics();
    metrics.observe(event('updater.updated', 'component/filter', { component: 'filter', version: '8' }));
    const age = async () =>
      parsed((await metrics.scrape()).text).get('sekisho_component_age_seconds{component="filter"}');
    nowMs += 60_000;
    expect(await age()).toBe(60);
    nowMs -= 3_600_000;
    expect(await age()).toBe(0);
  });

  test('components: version, last success, failures in a row, checks by what came of them', async () => {
    const updater = (name: string, data: object) =>
      event(`updater.${name}`, 'component/agent', { component: 'agent', from: 'Checking', ...data });
    const input = { confirmedMs: nowMs - 3_600_000 };
    const loaded = updater('waiting', { version: '7', signatures: 12, input });
    expect(Object.fromEntries(await samples([loaded]))).toMatchObject({
      'sekisho_component_age_seconds{component="agent"}': 3600,
    });
    const error = { kind: 'wrongly-signed', message: 'by nobody' };
    const found = await samples([
      loaded,
      updater('failed', { version: '7', failures: 1, trigger: { type: 'x', error } }),
      updater('failed', { version: '7', failures: 2, trigger: { type: 'xstate.after.checkTime' } }),
      updater('updated', { version: '8', failures: 0, signatures: 13 }),
      updater('failed', { version: '8', failures: 1, trigger: { type: 'x', error } }),
    ]);
    const ofComponents = [...found].filter(([name]) => name.startsWith('sekisho_component_'));
    expect(Object.fromEntries(ofComponents)).toEqual({
      'sekisho_component_age_seconds{component="agent"}': 0,
      'sekisho_component_last_success_timestamp_seconds{component="agent"}': nowMs / 1000,
      'sekisho_component_consecutive_failures{component="agent"}': 1,
      'sekisho_component_signatures{component="agent"}': 13,
      'sekisho_component_info{component="agent",version="8"}': 1,
      'sekisho_component_checks_total{component="agent",outcome="wrongly-signed"}': 2,
      'sekisho_component_checks_total{component="agent",outcome="timeout"}': 1,
      'sekisho_component_checks_total{component="agent",outcome="updated"}': 1,
    });
  });

  test('released logs are counted without trouble, and no more series than there are words', async () => {
    const found = await samples(outage);
    const verdicts = [...found].filter(([name]) => name.startsWith('sekisho_messages_total'));
    expect(verdicts.reduce((sum, [, value]) => sum + value, 0)).toBe(
      outage.filter(({ type }) => type.startsWith('sekisho.scan.verdict.')).length,
    );
    expect([...found.keys()].filter((name) => name.startsWith('sekisho_')).length).toBeLessThan(300);
  });
});

const promtool = spawnSync('promtool', ['--version']).status === 0;

test.skipIf(!promtool)(
  `promtool finds nothing wrong${promtool ? '' : ' (skipped: apt-get install prometheus)'}`,
  async () => {
    const metrics = gatewayMetrics();
    for (const each of outage) metrics.observe(each);
    const { text } = await metrics.scrape();
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    // Its complaints about the metrics of Node are none of ours.
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('sekisho_'));
    expect(ours).toEqual([]);
    expect([0, 3]).toContain(status);
  },
);
