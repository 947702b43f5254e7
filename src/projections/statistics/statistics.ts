import { type Counters, countEach, type OccurrenceOf } from '../../events/occurrence.ts';
import type { Projection } from '../projection.ts';
import { boundedCount, counted } from './counts.ts';
import { Edit } from './edit.ts';
import { noDurations, withDuration } from './histogram.ts';
import { byHours } from './unavailability.ts';

/** Names of malware that are counted one by one in an hour; the others are counted together. */
const malwareNamesMax = 100;
const malwareNameLengthMax = 200;

const perHour = { columns: { hour: 'time', gateway: 'text' } } as const;

/** Counts and durations of each UTC hour at each gateway: `sekisho stats`. */
export const statistics: Projection = {
  name: 'statistics',
  about: 'counts and durations of each hour: messages, verdicts, deferrals, malware, servers',
  version: 1,
  lanes: ['scans', 'servers', 'system'],
  types: [
    // The first event of a scan is one of these, unless it is deferred at once.
    'sekisho.scan.agent-pattern.',
    'sekisho.scan.conventional.',
    'sekisho.scan.verdict.',
    'sekisho.scan.answered.',
    'sekisho.scan.deferred.',
    'sekisho.server.',
    'sekisho.method.conventional.',
  ],
  tables: {
    hours: perHour,
    malware: perHour,
    servers: perHour,
    /** Where each server stands. */
    standings: { columns: {} },
  },
  ages: [{ table: 'hours' }, { table: 'malware' }, { table: 'servers' }],
  fold(event, rows) {
    const edit = new Edit(rows, event);
    countEach(counters, edit, event);
    return edit.changes();
  },
};

/** What each kind of occurrence adds; kinds that are not here are not counted. */
const counters: Counters<Edit> = {
  received: (edit, { bytes }) => edit.hour((row) => ({ messages: row.messages + 1, bytes: row.bytes + bytes })),
  scanned: countScanned,
  replied: (edit, { code, ms }) =>
    edit.hour(({ replies, replyTimes }) => ({
      replies: counted(replies, `${Math.floor(code / 100)}xx`),
      replyTimes: withDuration(replyTimes, ms),
    })),
  deferred: (edit, { why }) => edit.hour(({ deferrals }) => ({ deferrals: counted(deferrals, why) })),
  'answers-kept': (edit, { share }) => edit.hour(({ kept = {} }) => ({ kept: counted(kept, share) })),
  'query-answered': (edit, { server, ms }) =>
    edit.server(server, ({ answered, queries }) => ({ answered: answered + 1, queries: withDuration(queries, ms) })),
  'query-failed': (edit, { server, why }) =>
    edit.server(server, ({ failures }) => ({ failures: counted(failures, why) })),
  method(edit, { isFailover }) {
    if (isFailover) edit.hour(({ failovers }) => ({ failovers: failovers + 1 }));
  },
  server: countServer,
};

function countScanned(edit: Edit, { verdict, method, action, malware, ms }: OccurrenceOf<'scanned'>): void {
  const name = `${verdict}/${method}`;
  edit.hour(({ verdicts, methods, actions, scans }) => ({
    verdicts: counted(verdicts, verdict),
    methods: counted(methods, method),
    actions: counted(actions, action),
    scans: { ...scans, [name]: withDuration(scans[name] ?? noDurations, ms) },
  }));
  for (const each of malware)
    edit.malware((counts) => boundedCount(counts, each.slice(0, malwareNameLengthMax), malwareNamesMax));
}

const unavailable = new Set(['CachedInvalid', 'FailedOver', 'Throttled']);

/** A restart begins anew (D10): how long a gateway was off is no time in which its servers were unavailable. */
function countServer(edit: Edit, { server, epoch, state, isTrip, isFailover }: OccurrenceOf<'server'>): void {
  const isUnavailable = unavailable.has(state);
  const before = edit.standing(server, { epoch, isUnavailable, time: new Date(edit.timeMs).toISOString() });
  if (before?.isUnavailable && before.epoch === epoch) {
    for (const { hour, ms } of byHours(Date.parse(before.time), edit.timeMs))
      edit.server(server, ({ unavailableMs }) => ({ unavailableMs: unavailableMs + ms }), hour);
  }
  if (isTrip) edit.server(server, ({ trips }) => ({ trips: trips + 1 }));
  if (isFailover) edit.server(server, ({ failovers }) => ({ failovers: failovers + 1 }));
}
