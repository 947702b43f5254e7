import type { Envelope } from './envelope.ts';
import type { Verdict } from './scan.ts';

/** What is counted, by statistics and metrics alike: what an event of the log says that happened. `ms`: how long it took. */
export type Occurrence =
  | { kind: 'received'; bytes: number }
  /** `malware`: each name once. Names came from outside. */
  | { kind: 'scanned'; verdict: string; method: string; action: string; malware: readonly string[]; ms?: number }
  /** A message of whose answers `all` or `some` were kept ones. */
  | { kind: 'answers-kept'; share: 'all' | 'some' }
  /** `server` is `host:port`; the time is only known when one server answered all of it. */
  | { kind: 'query-answered'; server: string; ms?: number }
  | { kind: 'query-failed'; server: string; why: string }
  | { kind: 'replied'; code: number; ms?: number }
  /** Told 4xx, so that its sender keeps it. `why`: see `whyDeferred` and `answered`. */
  | { kind: 'deferred'; why: string; ms?: number }
  /** Where a server stands now. `isTrip`: just cached as invalid; `isFailover`: just given up. */
  | {
      kind: 'server';
      server: string;
      epoch: number;
      state: string;
      failCount: number;
      isTrip: boolean;
      isFailover: boolean;
    }
  | { kind: 'method'; method: string; isFailover: boolean }
  | ComponentOccurrence;

/** What is known of a component. `isConfirmed`: just found to be the newest. */
interface ComponentOccurrence {
  kind: 'component';
  component: string;
  version: string | null;
  isConfirmed: boolean;
  /** When it had last been found to be the newest before this process, ms since 1970. */
  confirmedMs?: number;
  /** Of a check that has just ended: `updated`, `current`, `rolled-back`, or why it failed. */
  checked?: string;
  /** Checks that have failed in a row. */
  failures: number;
  /** Of a pattern, where it says so. */
  signatures?: number;
}

/** The occurrences of a kind. */
export type OccurrenceOf<Kind extends Occurrence['kind']> = Extract<Occurrence, { kind: Kind }>;

/** What somebody who counts does with each kind; kinds that are not here are not counted. */
export type Counters<Target> = {
  readonly [Kind in Occurrence['kind']]?: (target: Target, occurrence: OccurrenceOf<Kind>) => void;
};

/** Counts what an event says. */
export function countEach<Target>(counters: Counters<Target>, target: Target, event: Envelope): void {
  for (const occurrence of occurrencesOf(event)) {
    // The counter of this kind, which the compiler cannot know.
    const count = counters[occurrence.kind] as ((target: Target, occurrence: Occurrence) => void) | undefined;
    count?.(target, occurrence);
  }
}

/** Upper bounds of the buckets in which durations are counted: powers of 2 from 1 ms to 131 s. Counts of any two times can be added. */
export const durationBucketsMs: readonly number[] = Array.from({ length: 18 }, (_, exponent) => 2 ** exponent);

interface Data {
  from?: unknown;
  state?: unknown;
  trigger?: { type?: unknown; kind?: unknown };
  input?: { size?: unknown };
  verdict?: Verdict;
  reply?: { code?: unknown; by?: unknown } | null;
  failure?: unknown;
  elapsedMs?: unknown;
  fromMs?: unknown;
}

/** What an event says, as far as it is counted; nothing for most. Pure; fields that are not there are passed over. */
export function occurrencesOf(event: Envelope): Occurrence[] {
  const [, machine, name] = event.type.split('.');
  const data = event.data as Data;
  switch (machine) {
    case 'scan':
      return [...received(data), ...ofScan(name ?? '', data)];
    case 'server':
      return ofServer(name ?? '', event);
    case 'method':
      return [
        {
          kind: 'method',
          method: String(event.data.method),
          isFailover: name === 'conventional' && event.severitytext === 'ERROR',
        },
      ];
    case 'updater':
      return [componentOf(name ?? '', event.data)];
    default:
      return [];
  }
}

/** The first event of a scan says what came. */
function received({ input }: Data): Occurrence[] {
  return input === undefined ? [] : [{ kind: 'received', bytes: number(input.size) }];
}

function ofScan(name: string, data: Data): Occurrence[] {
  const ms = took(data.elapsedMs);
  if (name === 'verdict' && data.verdict) return scanned(data.verdict, data);
  if (name === 'answered') return answered(data, ms);
  return name === 'deferred' ? [{ kind: 'deferred', why: whyDeferred(data), ...ms }] : [];
}

/** Also a message that was scanned is deferred: by the next hop, or because what the rule says could not be done (`action`). */
function answered({ reply }: Data, ms: { ms?: number }): Occurrence[] {
  const code = number(reply?.code);
  const replied: Occurrence = { kind: 'replied', code, ...ms };
  if (code < 400 || code >= 500) return [replied];
  return [replied, { kind: 'deferred', why: reply?.by === 'next-hop' ? 'next-hop' : 'action', ...ms }];
}

function scanned({ verdict, method, action, malware, servers }: Verdict, { from, elapsedMs, fromMs }: Data) {
  const names = [...new Set(malware.map((found) => found.name))];
  const asked = servers.filter((server) => server !== 'cache');
  const queryMs = servers.length === 1 && from === 'Querying' ? took(fromMs) : {};
  const scan: Occurrence = { kind: 'scanned', verdict, method, action, malware: names, ...took(elapsedMs) };
  return [
    scan,
    ...kept(servers),
    ...asked.map((server): Occurrence => ({ kind: 'query-answered', server, ...queryMs })),
  ];
}

function kept(servers: readonly string[]): Occurrence[] {
  if (!servers.includes('cache')) return [];
  return [{ kind: 'answers-kept', share: servers.length === 1 ? 'all' : 'some' }];
}

/** Kind of the query's failure (failure-names.ts), else what was in the way of the scan: `not-ready`, `time`, `journal`, `unpack` or `scan`. */
function whyDeferred({ failure, from, trigger }: Data): string {
  if (typeof failure === 'string') return failure;
  const type = String(trigger?.type ?? '');
  if (type.startsWith('xstate.after.')) return 'time';
  if (type.startsWith('xstate.done.')) return 'not-ready';
  return from === 'Verdict' ? 'journal' : from === 'Unpacking' ? 'unpack' : 'scan';
}

function ofServer(name: string, { data }: Envelope): Occurrence[] {
  const { trigger, from } = data as Data;
  const server = String(data.server);
  const state = String(data.state).split('.')[0] ?? '';
  const failed = trigger?.type === 'QUERY_FAILED' || trigger?.type === 'THROTTLED';
  const why = trigger?.type === 'THROTTLED' ? 'throttled' : String(trigger?.kind);
  return [
    ...(failed ? [{ kind: 'query-failed', server, why } as const] : []),
    {
      kind: 'server',
      server,
      state,
      epoch: number(data.epoch),
      failCount: number(data.failCount),
      isTrip: name === 'cached-invalid' && from === 'Failing',
      isFailover: name === 'failed-over',
    },
  ];
}

function componentOf(name: string, data: Record<string, unknown>): Occurrence {
  const { component, version, from, failures, signatures, input, trigger } = data;
  const { confirmedMs } = (input ?? {}) as { confirmedMs?: unknown };
  const { error } = (trigger ?? {}) as { error?: { kind?: unknown } };
  const isFailure = name === 'failed' || name === 'stale';
  const checked = isFailure ? String(error?.kind ?? 'timeout') : name;
  return {
    ...{ kind: 'component', component: String(component), failures: number(failures) },
    ...{ version: typeof version === 'string' ? version : null, isConfirmed: name === 'current' || name === 'updated' },
    ...(typeof confirmedMs === 'number' && confirmedMs > 0 && { confirmedMs }),
    ...(from === 'Checking' && name !== 'waiting' && { checked }),
    ...(typeof signatures === 'number' && { signatures }),
  };
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
/** Nothing in a log of before 0.3.0. */
const took = (value: unknown): { ms?: number } => (typeof value === 'number' && value >= 0 ? { ms: value } : {});
