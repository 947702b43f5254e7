import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { AnswerStatistics } from '../../actors/ports/answer-store.ts';
import type { Envelope } from '../../events/envelope.ts';
import { type Counters, countEach, durationBucketsMs } from '../../events/occurrence.ts';
import { answerMetrics } from './answer-metrics.ts';
import { componentMetrics } from './component-metrics.ts';

/** What is looked at when somebody asks. */
export interface MetricSources {
  /** ms since 1970. */
  now: () => number;
  version: string;
  journal: {
    /** `open`, or why it takes no events. */
    state: () => string;
    head: () => number;
    readers: () => Promise<ReadonlyMap<string, number>>;
    usedBytes: () => number;
    bytesMax: number;
  };
  /** SMTP connections now. */
  clients: () => number;
  /** What became of kept answers, by service. */
  answers: () => ReadonlyMap<string, AnswerStatistics>;
}

/** The metrics of a gateway. */
export interface GatewayMetrics {
  /** Counts what an event says; cheap, and never throws. */
  observe(event: Envelope): void;
  /** Everything, as Prometheus reads it. */
  scrape(): Promise<{ contentType: string; text: string }>;
}

const buckets = durationBucketsMs.map((ms) => ms / 1000);

/** Makes them, in a registry of their own. */
export function createGatewayMetrics(sources: MetricSources): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createMetrics(registry, sources.now);
  gaugesOf(registry, sources);
  answerMetrics(registry, sources.answers);
  return {
    observe: (event) => countEach(counters, metrics, event),
    scrape: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

type Metrics = ReturnType<typeof createMetrics>;

/** Raised and set by events. */
function createMetrics(register: Registry, now: () => number) {
  const registers = [register];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `sekisho_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `sekisho_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({ name: `sekisho_${name}`, help, labelNames, registers, buckets });
  return {
    components: componentMetrics(register, now),
    received: counter('messages_received_total', 'Messages whose files were hashed, or that were deferred before'),
    receivedBytes: counter('messages_received_bytes_total', 'Bytes of those messages'),
    messages: counter('messages_total', 'Messages with a verdict', 'verdict', 'action', 'method'),
    malware: counter('malware_messages_total', 'Messages with malware, by method', 'method'),
    replies: counter('replies_total', 'Replies to messages of the next hop or an action, by hundreds', 'code'),
    deferred: counter(
      'messages_deferred_total',
      'Messages that stay with the sender, by what was in the way',
      'reason',
    ),
    scanSeconds: histogram('scan_duration_seconds', 'From the final dot to the verdict', 'verdict', 'method'),
    replySeconds: histogram('reply_duration_seconds', 'From the final dot to our reply'),
    querySeconds: histogram('query_duration_seconds', 'From a query to its answer', 'server'),
    queries: counter('queries_total', 'Queries of messages that the server answered or failed', 'server', 'outcome'),
    serverState: gauge('server_state', '1 for the state that the server is in', 'server', 'state'),
    failCount: gauge('server_consecutive_failures', 'Failures in a row, of queries and version checks', 'server'),
    trips: counter('server_trips_total', 'How often the server was cached as invalid', 'server'),
    methodIs: gauge('search_method', '1 for the search method in force', 'method'),
    failovers: counter('failovers_total', 'Switches to conventional scan because no server was left'),
  };
}

const serverStates = ['Starting', 'Healthy', 'Failing', 'CachedInvalid', 'Throttled', 'FailedOver', 'LeftOut'];

const counters: Counters<Metrics> = {
  received({ received, receivedBytes }, { bytes }) {
    received.inc();
    receivedBytes.inc(bytes);
  },
  scanned({ messages, malware, scanSeconds }, { verdict, action, method, ms }) {
    messages.inc({ verdict, action, method });
    if (verdict === 'malware') malware.inc({ method });
    if (ms !== undefined) scanSeconds.observe({ verdict, method }, ms / 1000);
  },
  replied({ replies, replySeconds }, { code, ms }) {
    replies.inc({ code: `${Math.floor(code / 100)}xx` });
    if (ms !== undefined) replySeconds.observe(ms / 1000);
  },
  deferred: ({ deferred }, { why }) => deferred.inc({ reason: why }),
  'query-answered'({ queries, querySeconds }, { server, ms }) {
    queries.inc({ server, outcome: 'answered' });
    if (ms !== undefined) querySeconds.observe({ server }, ms / 1000);
  },
  'query-failed': ({ queries }, { server, why }) => queries.inc({ server, outcome: why }),
  server({ serverState, failCount, trips }, { server, state, failCount: count, isTrip }) {
    for (const each of serverStates) serverState.set({ server, state: each }, each === state ? 1 : 0);
    failCount.set({ server }, count);
    trips.inc({ server }, isTrip ? 1 : 0);
  },
  method({ methodIs, failovers }, { method, isFailover }) {
    for (const each of ['smart', 'conventional']) methodIs.set({ method: each }, each === method ? 1 : 0);
    if (isFailover) failovers.inc();
  },
  component: ({ components }, occurrence) => components.count(occurrence),
};

/** Looked at when somebody asks. */
function gaugesOf(register: Registry, { journal, clients, version }: MetricSources): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name: `sekisho_${name}`, help, registers: [register] },
      collect() {
        this.set(value());
      },
    });
  gauge('smtp_sessions', 'SMTP connections now', clients);
  gauge('journal_bytes', 'Bytes of the journal that hold events', journal.usedBytes);
  gauge('journal_bytes_max', '[journal] bytes_max', () => journal.bytesMax);
  gauge('journal_writable', '1 while the journal takes events; mail gets 452 while it does not', () =>
    journal.state() === 'open' ? 1 : 0,
  );
  new Counter({
    name: 'sekisho_journal_events_total',
    help: 'Events in the journal since it was made',
    registers: [register],
    collect() {
      this.reset();
      this.inc(journal.head());
    },
  });
  new Gauge({
    name: 'sekisho_projection_lag_events',
    help: 'Events that a reader of the journal (projection, relay) has yet to confirm',
    labelNames: ['reader'],
    registers: [register],
    async collect() {
      this.reset();
      for (const [reader, position] of await journal.readers())
        this.set({ reader }, Math.max(0, journal.head() - position));
    },
  });
  new Gauge({
    name: 'sekisho_build_info',
    help: 'Version of the program',
    labelNames: ['version'],
    registers: [register],
  }).set({ version }, 1);
}
