import { join } from 'node:path';
import type { AnswerStatistics } from '../actors/ports/answer-store.ts';
import type { Journal } from '../actors/ports/journal.ts';
import { openJournalUsage } from '../adapters/journal/open-usage.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope } from '../events/envelope.ts';
import type { TellProblem } from './tell-problem.ts';
import { version } from './version.ts';

/** Of a gateway that runs. */
interface Watched {
  notReady: () => readonly string[];
  clients: () => number;
  answers: () => ReadonlyMap<string, AnswerStatistics>;
}

/** Metrics and health of a gateway. */
export interface Monitoring {
  /** Counts an event. */
  observe(event: Envelope): void;
  /** Where it listens, with the real port; undefined without. */
  address?: string;
  /** What is asked from now on: before, the gateway is not ready, as it starts. */
  watch(parts: Watched): void;
  /** The end has begun: the gateway is not ready any more. */
  stopping(): void;
  stop(): Promise<void>;
}

/**
 * Starts what `[metrics] listen` asks for; without it nothing is counted, and the library is not loaded.
 * @throws when it cannot listen.
 */
export async function startMonitoring(
  settings: Settings,
  journal: Journal,
  onProblem: TellProblem,
): Promise<Monitoring> {
  const { listen } = settings.metrics;
  if (listen === undefined)
    return { observe: () => undefined, watch: () => undefined, stopping: () => undefined, stop: async () => undefined };
  const { createGatewayMetrics } = await import('../adapters/metrics/gateway-metrics.ts');
  const { startMonitoringServer } = await import('../adapters/metrics/monitoring-server.ts');
  const usage = openJournalUsage(join(settings.state.folder, 'journal'));
  let notReady: () => readonly string[] = () => ['the gateway starts'];
  let clients = () => 0;
  let answers: Watched['answers'] = () => new Map();
  const metrics = createGatewayMetrics({
    now: Date.now,
    version: version(),
    journal: {
      ...{ state: () => journal.state(), head: () => journal.head(), readers: () => journal.readers() },
      ...{ usedBytes: usage.usedBytes, bytesMax: settings.journal.bytes_max },
    },
    clients: () => clients(),
    answers: () => answers(),
  });
  const server = await startMonitoringServer({
    ...{ listen, metrics: metrics.scrape, notReady: () => notReady(), onProblem },
  }).catch((error) => {
    usage.close();
    throw error;
  });
  return {
    address: server.address,
    observe: metrics.observe,
    watch(parts) {
      notReady = parts.notReady;
      clients = parts.clients;
      answers = parts.answers;
    },
    stopping() {
      notReady = () => ['the gateway stops'];
    },
    async stop() {
      await server.close();
      usage.close();
    },
  };
}
