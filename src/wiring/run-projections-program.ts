import type { Settings } from '../adapters/settings/settings.ts';
import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { kafkaAccess, kafkaClient } from './kafka.ts';
import { createKafkaOutbox } from './kafka-outbox.ts';
import { checkTemplates } from './notifications.ts';
import { runProjections } from './run-projections.ts';
import { problemTeller, type TellProblem } from './tell-problem.ts';

/** `sekisho projections run`. */
export interface ProjectionsProgram {
  /** Rejects when it cannot run. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. Its own events go to the terminal and, with Kafka, into the log like those of a gateway. */
export async function runProjectionsProgram(settings: Settings, log: TerminalLog): Promise<ProjectionsProgram> {
  checkTemplates(settings);
  const abort = new AbortController();
  const onProblem = problemTeller(log);
  const outbox = await openOutbox(settings, onProblem);
  const record = (_lane: Lane, event: Envelope) => {
    log.logEvent(event);
    outbox?.add(event);
  };
  const ended = runProjections({ settings, signal: abort.signal, record, onProblem });
  return {
    ended,
    async stop() {
      abort.abort();
      await ended;
      await outbox?.close();
    },
  };
}

/** Where its own events go besides the terminal; without Kafka nowhere. */
async function openOutbox(settings: Settings, onProblem: TellProblem) {
  const access = kafkaAccess(settings);
  if (settings.projections.source !== 'kafka' || access === undefined) return undefined;
  const { createPublisher } = await import('../adapters/kafka/publisher.ts');
  const publisher = createPublisher({
    connect: () => kafkaClient(access),
    topicPrefix: settings.kafka.topic_prefix,
  });
  return createKafkaOutbox(publisher, onProblem);
}
