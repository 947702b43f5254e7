/**
 * What the journal costs: CPU and latency of 10 events a mail, one wait a mail, against a journal that drops everything.
 *   node bench/journal.ts [seconds for each line]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Journal } from '../src/actors/ports/journal.ts';
import { createJournal } from '../src/adapters/journal/create-journal.ts';
import type { Envelope } from '../src/events/envelope.ts';

const EVENTS_PER_MAIL = 10;
const secondsPerLine = Number(process.argv[2] ?? 3);

type Writer = Pick<Journal, 'append' | 'durable' | 'close'>;

/** About 650 bytes of JSON, as a scan writes them. */
function event(mail: number, version: number): Envelope {
  const scan = `6F9619FF-8B86-D011-B42D-${mail.toString(16).toUpperCase().padStart(12, '0')}`;
  return {
    specversion: '1.0',
    id: `01J8ZQ4T-${mail * EVENTS_PER_MAIL + version}`,
    source: '/sekisho/gateway/mx1',
    type: 'sekisho.scan.query-answered.v1',
    time: new Date().toISOString(),
    subject: `scan/${scan}`,
    datacontenttype: 'application/json',
    dataschema: 'https://sekisho.example/schemas/scan.query-answered.v1.json',
    correlationid: scan,
    causationid: `01J8ZQ4T-${mail * EVENTS_PER_MAIL + version - 1}`,
    streamversion: version,
    severitytext: 'INFO',
    data: {
      server: 'sps.example.org:443',
      hashes: ['71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495'],
      answer: 'clean',
      pattern: '2026051200',
      durationMs: 12.5,
    },
  };
}

const dropping: Writer = { append: () => {}, durable: async () => {}, close: async () => {} };

interface Line {
  cpuUs: number;
  mails: number;
  seconds: number;
  commitMs: number[];
  loopDelayMs: number;
}

/** `sessions` at once; `ratePerSecond` mails in all, or as fast as they go. */
async function run(journal: Writer, sessions: number, ratePerSecond: number): Promise<Line> {
  const line: Line = { cpuUs: 0, mails: 0, seconds: 0, commitMs: [], loopDelayMs: 0 };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const begin = performance.now();
  const end = begin + secondsPerLine * 1000;
  const cpu = process.cpuUsage();
  delay.enable();
  let mail = 0;
  const session = async (index: number): Promise<void> => {
    const intervalMs = (sessions / ratePerSecond) * 1000;
    for (let dueMs = begin + (index / sessions) * intervalMs; performance.now() < end; dueMs += intervalMs) {
      const waitMs = dueMs - performance.now();
      if (waitMs >= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      mail += 1;
      for (let version = 1; version <= EVENTS_PER_MAIL; version++) {
        if (version % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        journal.append('scans', event(mail, version));
      }
      const asked = performance.now();
      await journal.durable();
      line.commitMs.push(performance.now() - asked);
      line.mails += 1;
    }
  };
  await Promise.all(Array.from({ length: sessions }, (_, index) => session(index)));
  const used = process.cpuUsage(cpu);
  delay.disable();
  line.seconds = (performance.now() - begin) / 1000;
  line.cpuUs = used.user + used.system;
  line.loopDelayMs = delay.percentile(99) / 1e6;
  line.commitMs.sort((a, b) => a - b);
  return line;
}

const percentile = (sorted: number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;

const gatherMs = Number(process.argv[3] ?? 3);
await run(dropping, 50, 2000);
const rows: Record<string, unknown>[] = [];
for (const [sessions, rate] of [
  [1, 100],
  [10, 1000],
  [50, 1000],
  [1, Number.POSITIVE_INFINITY],
  [50, Number.POSITIVE_INFINITY],
  [500, Number.POSITIVE_INFINITY],
] as const) {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const journal = await createJournal({ folder, gatherMs, onProblem: (problem) => console.error(problem) });
  const nothing = await run(dropping, sessions, Number.isFinite(rate) ? rate : 2000);
  const line = await run(journal, sessions, rate);
  await journal.close();
  await rm(folder, { recursive: true });
  const events = line.mails * EVENTS_PER_MAIL;
  const baseUs = nothing.cpuUs / (nothing.mails * EVENTS_PER_MAIL);
  rows.push({
    sessions,
    'mails/s asked': Number.isFinite(rate) ? rate : 'all',
    'mails/s': Math.round(line.mails / line.seconds),
    'events/s': Math.round(events / line.seconds),
    'CPU us/event': Number((line.cpuUs / events - baseUs).toFixed(1)),
    'CPU us/mail': Math.round((line.cpuUs / events - baseUs) * EVENTS_PER_MAIL),
    'wait p50 ms': percentile(line.commitMs, 0.5).toFixed(2),
    'p99 ms': percentile(line.commitMs, 0.99).toFixed(2),
    'max ms': percentile(line.commitMs, 1).toFixed(1),
    'loop delay p99 ms': line.loopDelayMs.toFixed(1),
  });
}
console.table(rows);
