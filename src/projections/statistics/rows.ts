import { type BoundedCounts, type Counts, noNames } from './counts.ts';
import { type Histogram, noDurations } from './histogram.ts';

/** Of which hour, and of which gateway. */
export interface Place {
  /** Its beginning, RFC 3339 UTC. */
  hour: string;
  /** CloudEvents source. */
  gateway: string;
}

/** Messages of one hour at one gateway: each count is of what happened in that hour. */
export interface HourRow extends Place {
  messages: number;
  bytes: number;
  /** By verdict, method, action, why it was deferred, and hundreds of the reply (`2xx`). */
  verdicts: Counts;
  methods: Counts;
  actions: Counts;
  deferrals: Counts;
  replies: Counts;
  /** Messages of whose answers `all` or `some` were kept ones; absent: none. */
  kept?: Counts;
  /** Switches from smart to conventional scan because no server was left. */
  failovers: number;
  /** From the final dot to the verdict, by `<verdict>/<method>`. */
  scans: Readonly<Record<string, Histogram>>;
  /** From the final dot to our reply. */
  replyTimes: Histogram;
}

/** Malware found in one hour at one gateway: messages by name. */
export interface MalwareRow extends Place, BoundedCounts {}

/** One server in one hour, as one gateway met it. */
export interface ServerHourRow extends Place {
  /** `host:port`. */
  server: string;
  answered: number;
  /** By kind of the failure. */
  failures: Counts;
  /** From the query to its answer. */
  queries: Histogram;
  /** How often it was cached as invalid, and given up. */
  trips: number;
  failovers: number;
  /** Time in which it was not asked, ms. */
  unavailableMs: number;
}

/** Where a server stands, to know for how long. */
export interface StandingRow {
  epoch: number;
  isUnavailable: boolean;
  /** RFC 3339. */
  time: string;
}

export function emptyHour(place: Place): HourRow {
  return {
    ...{ ...place, messages: 0, bytes: 0, verdicts: {}, methods: {}, actions: {}, deferrals: {}, replies: {} },
    ...{ failovers: 0, scans: {}, replyTimes: noDurations },
  };
}

export const emptyMalware = (place: Place): MalwareRow => ({ ...place, ...noNames });

export function emptyServerHour(place: Place, server: string): ServerHourRow {
  return {
    ...{ ...place, server, answered: 0, failures: {}, queries: noDurations },
    ...{ trips: 0, failovers: 0, unavailableMs: 0 },
  };
}
