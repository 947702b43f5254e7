import type { Counts } from '../projections/statistics/counts.ts';
import { countOf, type Histogram, quantile } from '../projections/statistics/histogram.ts';
import { type Period, scanTimes } from '../projections/statistics/summary.ts';

/** Durations in figures, ms; without quantiles when nothing was measured. */
export interface Times {
  count: number;
  mean?: number;
  p50?: number;
  p90?: number;
  p99?: number;
}

/** A server's figures. */
export interface ServerFigures extends Omit<Period['servers'][number], 'queries'> {
  failed: number;
  queryMs: Times;
}

/** A period as `sekisho stats --format json` gives it. */
export interface PeriodFigures extends Omit<Period, 'scans' | 'replyTimes' | 'servers'> {
  /** Messages that the sender keeps: all of `deferrals`. */
  deferred: number;
  /** From the final dot to the verdict: all, and by `<verdict>/<method>`. */
  scanMs: Times;
  scanMsBy: Readonly<Record<string, Times>>;
  /** From the final dot to our reply. */
  replyMs: Times;
  servers: readonly ServerFigures[];
  /** Of all servers. */
  total: { trips: number; answered: number; failed: number; unavailableMs: number };
}

/** Makes figures of counts. */
export function periodFigures({ scans, replyTimes, servers, ...period }: Period): PeriodFigures {
  const own = servers.map(({ queries, ...server }) => {
    return { ...server, failed: sumOf(server.failures), queryMs: timesOf(queries) };
  });
  const total = (of: (server: ServerFigures) => number) => own.reduce((sum, server) => sum + of(server), 0);
  return {
    ...period,
    deferred: sumOf(period.deferrals),
    scanMs: timesOf(scanTimes({ scans })),
    scanMsBy: Object.fromEntries(Object.entries(scans).map(([name, histogram]) => [name, timesOf(histogram)])),
    replyMs: timesOf(replyTimes),
    servers: own,
    total: {
      trips: total(({ trips }) => trips),
      answered: total(({ answered }) => answered),
      failed: total(({ failed }) => failed),
      unavailableMs: total(({ unavailableMs }) => unavailableMs),
    },
  };
}

export function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function timesOf(histogram: Histogram): Times {
  const count = countOf(histogram);
  if (count === 0) return { count };
  const part = (of: number) => rounded(quantile(histogram, of) ?? 0);
  return { count, mean: rounded(histogram.sumMs / count), p50: part(0.5), p90: part(0.9), p99: part(0.99) };
}

/** Three digits are more than the buckets know. */
const rounded = (ms: number) => Number(ms.toPrecision(3));
