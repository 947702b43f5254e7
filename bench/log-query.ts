import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openViewReader } from '../src/adapters/projection-store/open-view-reader.ts';
import { openViewStore } from '../src/adapters/projection-store/open-view-store.ts';
import { encodeChange } from '../src/projections/encode-change.ts';
import type { Level, LogEntry } from '../src/projections/log-entries/entry.ts';
import { type LogQuery, queryLog } from '../src/projections/log-entries/query.ts';
import { added } from '../src/projections/log-entries/table.ts';
import type { ViewReader } from '../src/projections/ports/view-store.ts';
import { systemEvents } from '../src/projections/system-events/system-events.ts';
import { percentile } from './support/figures.ts';

const sizes = (process.env.ENTRIES ?? '10000,100000,1000000,10000000').split(',').map(Number);
const queries = Number(process.env.QUERIES ?? 500);
const perTransaction = 100_000;

const beginMs = 1_700_000_000_000;
/** From one entry to the next: a day holds 8640, 2 of 100 of them errors. */
const stepMs = 10_000;
const dayMs = 86_400_000;
const limit = 100;

/** 1 of 50 is an error, 9 of 50 are warnings. */
function levelOf(number: number): Level {
  return number % 50 === 0 ? 'error' : number % 50 < 10 ? 'warning' : 'information';
}

/** About 700 bytes, as an event of a server makes it. */
function entryOf(number: number): LogEntry {
  return {
    id: `0123abcd-4567.${number.toString(36)}`,
    time: new Date(beginMs + number * stepMs).toISOString(),
    type: 'system',
    level: levelOf(number),
    message: {
      ja: `Smart Protection Server (sps${number % 3}.example.org) への照会に失敗しました。`,
      en: `A query or version check at Smart Protection Server (sps${number % 3}.example.org) failed.`,
    },
    subject: `server/sps${number % 3}.example.org:443`,
    source: '/sekisho/gateway/mx1.example.org',
    servers: [`sps${number % 3}.example.org:443`],
    data: {
      ...{
        from: 'Healthy',
        state: 'Failing',
        transition: 'server.Healthy:QUERY_FAILED:1',
        failCount: 1,
        threshold: 10,
      },
      trigger: { type: 'QUERY_FAILED', kind: 'timeout', scan: '0B8A1C5E-6F0D-4F0B-9D7E-3C9C5F0E2A11' },
      ...{ server: `sps${number % 3}.example.org:443`, epoch: 7, trips: 0, cacheSeconds: 300 },
    },
  };
}

/** The query of a log, over logs of 10 thousand to 10 million entries: by level and time it must not grow with the log. */
export async function logQuery(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const rows: string[] = [];
  let filled = 0;
  let seconds = 0;
  for (const size of sizes) {
    const begin = performance.now();
    fill(folder, filled, size);
    seconds += (performance.now() - begin) / 1000;
    filled = size;
    const gigabytes = (await bytesIn(folder)) / 1e9;
    const view = openViewReader(folder, systemEvents.name);
    rows.push(
      `| ${[size.toLocaleString('en'), gigabytes.toFixed(gigabytes < 1 ? 3 : 1), ...figures(view, size)].join(' | ')} |`,
    );
    view.close();
  }
  await rm(folder, { recursive: true });
  return [
    `The newest ${limit} that fit, each query with other bounds; ms, p50 / p99 of ${queries} queries in one process. 2 % errors, 18 % warnings, one entry each 10 s.`,
    `Filled at ${Math.round(filled / seconds).toLocaleString('en')} entries a second.`,
    '',
    '| entries | GB | level, a day | two levels, a day | level, newest | all, newest | text in the whole log, entries/s |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function fill(folder: string, from: number, to: number): void {
  const store = openViewStore({ folder, projection: systemEvents, source: 'journal' });
  const writer = store.served() ?? store.begin();
  for (let first = from; first < to; first += perTransaction) {
    writer.transact((view) => {
      for (let number = first; number < Math.min(to, first + perTransaction); number++)
        view.apply(encodeChange(systemEvents, added(entryOf(number))));
    });
  }
  store.close();
}

function figures(view: ViewReader, size: number): string[] {
  const day = (): Pick<LogQuery, 'sinceMs' | 'untilMs'> => {
    const sinceMs = beginMs + Math.random() * Math.max(0, size * stepMs - dayMs);
    return { sinceMs, untilMs: sinceMs + dayMs };
  };
  return [
    timed(view, () => ({ levels: ['error'], ...day(), limit })),
    timed(view, () => ({ levels: ['error', 'warning'], ...day(), limit })),
    timed(view, () => ({ levels: ['error'], limit })),
    timed(view, () => ({ limit })),
    scanned(view, size),
  ];
}

function timed(view: ViewReader, next: () => LogQuery): string {
  const times = Array.from({ length: queries }, () => {
    const query = next();
    const begin = performance.now();
    const found = [...queryLog(view, query)].length;
    const ms = performance.now() - begin;
    if (found !== limit) throw new Error(`${found} entries were found, not ${limit}`);
    return ms;
  });
  return `${percentile(times, 50).toFixed(2)} / ${percentile(times, 99).toFixed(2)}`;
}

/** What is asked for by text only is looked for entry by entry. */
function scanned(view: ViewReader, size: number): string {
  const begin = performance.now();
  if ([...queryLog(view, { text: '*nowhere*', limit })].length > 0) throw new Error('something was found');
  return Math.round(size / ((performance.now() - begin) / 1000)).toLocaleString('en');
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
