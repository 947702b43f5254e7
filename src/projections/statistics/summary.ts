import type { Query, ViewReader } from '../ports/view-store.ts';
import { type Counts, together } from './counts.ts';
import { added, type Histogram, noDurations } from './histogram.ts';
import { emptyHour, emptyMalware, emptyServerHour, type HourRow, type MalwareRow, type ServerHourRow } from './rows.ts';

/** What is asked for. */
export interface StatisticsQuery {
  /** Bounds, ms since 1970, as whole hours: the hour that `sinceMs` is in is counted, that of `untilMs` only when it began before. */
  sinceMs: number;
  untilMs: number;
  /** Length of a period; one period for all when absent. */
  by?: 'hour' | 'day';
  /** Only this gateway (CloudEvents source); all together when absent. */
  gateway?: string;
}

/** A period: of all gateways together, but for what is said of a server. */
export interface Period extends Omit<HourRow, 'hour' | 'gateway'> {
  /** Its beginning, RFC 3339 UTC. */
  from: string;
  /** Messages by name of malware, the most frequent first; `other` are those of names that were too many in their hour. */
  malware: Counts;
  otherMalware: number;
  /** By name. */
  servers: readonly Omit<ServerHourRow, 'hour' | 'gateway'>[];
}

const hourMs = 3_600_000;

/** The periods in which anything was counted, oldest first. */
export function summarize(view: Pick<ViewReader, 'query'>, query: StatisticsQuery): Period[] {
  const since = Math.floor(query.sinceMs / hourMs) * hourMs;
  const range = { column: 'hour', from: since, before: query.untilMs };
  const where = query.gateway === undefined ? {} : { where: { gateway: query.gateway } };
  const rows = <Kind>(table: string): Kind[] =>
    [...view.query(table, { ...where, range, orderBy: 'hour' } satisfies Query)] as unknown as Kind[];
  const periodOf = ({ hour }: { hour: string }) => beginOf(hour, query.by, new Date(since).toISOString());
  const hours = Map.groupBy(rows<HourRow>('hours'), periodOf);
  const malware = Map.groupBy(rows<MalwareRow>('malware'), periodOf);
  const servers = Map.groupBy(rows<ServerHourRow>('servers'), periodOf);
  const begins = [...new Set([...hours.keys(), ...malware.keys(), ...servers.keys()])].sort();
  return begins.map((from) => {
    const { hour: _hour, gateway: _gateway, ...messages } = sumOfHours(hours.get(from) ?? []);
    return {
      from,
      ...messages,
      ...sumOfMalware(malware.get(from) ?? []),
      servers: sumOfServers(servers.get(from) ?? []),
    };
  });
}

function beginOf(hour: string, by: StatisticsQuery['by'], whole: string): string {
  if (by === 'hour') return hour;
  return by === 'day' ? `${hour.slice(0, 10)}T00:00:00.000Z` : whole;
}

const nowhere = { hour: '', gateway: '' };

function sumOfHours(rows: readonly HourRow[]): HourRow {
  return rows.reduce(
    (sum, row) => ({
      ...nowhere,
      messages: sum.messages + row.messages,
      bytes: sum.bytes + row.bytes,
      verdicts: together(sum.verdicts, row.verdicts),
      methods: together(sum.methods, row.methods),
      actions: together(sum.actions, row.actions),
      deferrals: together(sum.deferrals, row.deferrals),
      replies: together(sum.replies, row.replies),
      kept: together(sum.kept ?? {}, row.kept ?? {}),
      failovers: sum.failovers + row.failovers,
      scans: allOf(sum.scans, row.scans),
      replyTimes: added(sum.replyTimes, row.replyTimes),
    }),
    emptyHour(nowhere),
  );
}

function allOf(a: HourRow['scans'], b: HourRow['scans']): HourRow['scans'] {
  const sum: Record<string, Histogram> = { ...a };
  for (const [name, histogram] of Object.entries(b)) sum[name] = added(sum[name] ?? noDurations, histogram);
  return sum;
}

function sumOfMalware(rows: readonly MalwareRow[]): Pick<Period, 'malware' | 'otherMalware'> {
  const { names, other } = rows.reduce(
    (sum, row) => ({ ...nowhere, names: together(sum.names, row.names), other: sum.other + row.other }),
    emptyMalware(nowhere),
  );
  const sorted = Object.entries(names).sort(([a, most], [b, least]) => least - most || (a < b ? -1 : 1));
  return { malware: Object.fromEntries(sorted), otherMalware: other };
}

function sumOfServers(rows: readonly ServerHourRow[]): Period['servers'] {
  const byServer = Map.groupBy(rows, ({ server }) => server);
  return [...byServer]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([server, own]) => {
      const {
        hour: _hour,
        gateway: _gateway,
        ...sum
      } = own.reduce(
        (total, row) => ({
          ...{ ...nowhere, server, answered: total.answered + row.answered },
          failures: together(total.failures, row.failures),
          queries: added(total.queries, row.queries),
          trips: total.trips + row.trips,
          failovers: total.failovers + row.failovers,
          unavailableMs: total.unavailableMs + row.unavailableMs,
        }),
        emptyServerHour(nowhere, server),
      );
      return sum;
    });
}

/** How long all scans of a period took, or those of some verdicts and methods (`<verdict>/<method>`). */
export function scanTimes(
  { scans }: Pick<Period, 'scans'>,
  isWanted: (name: string) => boolean = () => true,
): Histogram {
  const wanted = Object.entries(scans).filter(([name]) => isWanted(name));
  return wanted.reduce((sum, [, histogram]) => added(sum, histogram), noDurations);
}
