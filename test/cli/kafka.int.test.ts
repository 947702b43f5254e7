import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TopicReport } from '../../src/adapters/kafka/topics.ts';
import { freePort } from '../support/free-port.ts';
import { type PlainKafka, plainKafka, plainKafkaMissing } from '../support/kafka.ts';
import { Lab } from '../support/processes.ts';

const missing = plainKafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: sekisho kafka init on a real broker. ${missing}`);

describe.skipIf(missing !== undefined)('sekisho kafka init', () => {
  const lab = new Lab();
  let kafka: PlainKafka;
  beforeAll(async () => {
    kafka = await plainKafka();
  }, 90_000);
  afterAll(async () => {
    await lab.close();
    await kafka?.close();
  });

  async function init(given: Record<string, string | number> = {}, ...argv: string[]) {
    const run = { 'kafka.brokers': kafka.brokers, 'kafka.topic_prefix': kafka.prefix, ...given };
    const { code, stdout, stderr } = await lab.commandWith(run, 'kafka', 'init', '--format', 'json', ...argv);
    const reports = stdout.split('\n').filter(Boolean);
    return { code, stderr, reports: reports.map((line) => JSON.parse(line) as TopicReport) };
  }

  test('says what is missing, creates it, and finds it as declared', async () => {
    const before = await init({}, '--check');
    expect(before.code).toBe(65);
    expect(before.reports.map(({ state }) => state)).toEqual(Array(7).fill('missing'));

    const created = await init();
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.reports.map(({ name }) => name)).toEqual(
      ['servers', 'scans', 'system', 'notifications', 'commands', 'dead-letters', 'reputation'].map(
        (each) => `${kafka.prefix}.${each}.v1`,
      ),
    );
    expect(created.reports.map(({ state }) => state)).toEqual(Array(7).fill('created'));

    const after = await init({}, '--check');
    expect(after.code).toBe(0);
    expect(after.reports.map(({ state }) => state)).toEqual(Array(7).fill('as declared'));
  });

  test('tells drift and changes nothing', async () => {
    await init();
    const given = { 'kafka.partitions_scans': 12, 'kafka.retention_days_system': 1, 'kafka.cleanup_policy': 'compact' };
    for (const argv of [[], ['--check']]) {
      const { code, reports } = await init(given, ...argv);
      expect(code).toBe(65);
      const drift = Object.fromEntries(reports.map((report) => [report.name.split('.')[1], report.drift]));
      expect(drift.scans).toEqual([
        { what: 'partitions', wanted: '12', found: '6' },
        { what: 'cleanup.policy', wanted: 'compact', found: 'delete' },
      ]);
      expect(drift.system).toContainEqual({ what: 'retention.ms', wanted: '86400000', found: String(90 * 86_400_000) });
    }
  });

  test('says in plain words that no broker is there, or that none is set', async () => {
    const away = await init({ 'kafka.brokers': `127.0.0.1:${await freePort()}` });
    expect(away.code).toBe(69);
    expect(away.stderr).toMatch(/no broker answers at 127\.0\.0\.1:\d+/);
    expect((await init({ 'kafka.brokers': '' })).stderr).toContain('[kafka] brokers is empty');
  });
});
