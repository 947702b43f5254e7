import { connectKafka } from '../adapters/kafka/connect.ts';
import { createPublisher } from '../adapters/kafka/publisher.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { kafkaAccess } from './kafka.ts';
import { runProjections } from './run-projections.ts';

/** `sekisho projections run`. */
export interface ProjectionsProgram {
  /** Rejects when it cannot run. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts it. Its own events go to the terminal and, with Kafka, into the log like those of a gateway. */
export function runProjectionsProgram(settings: Settings, log: TerminalLog): ProjectionsProgram {
  const abort = new AbortController();
  const onProblem = (problem: string, error: unknown) =>
    log.log('WARN', error instanceof Error ? `${problem}: ${error.message}` : problem);
  const outbox = settings.projections.source === 'kafka' ? kafkaOutbox(settings, onProblem) : undefined;
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

/** Events that wait for Kafka, at most; they are few, and the terminal has them, too. */
const waitingMax = 1000;

/** Publishes one after the other; what cannot be published waits for the next one. */
function kafkaOutbox(settings: Settings, onProblem: (problem: string, error: unknown) => void) {
  const access = kafkaAccess(settings);
  const publisher = createPublisher({
    connect: () =>
      access === undefined ? Promise.reject(new Error('no brokers')) : connectKafka(access, () => undefined),
    topicPrefix: settings.kafka.topic_prefix,
  });
  const waiting: string[] = [];
  let sending = Promise.resolve();
  let isConnected = false;
  const send = async () => {
    if (waiting.length === 0) return;
    const texts = waiting.slice();
    try {
      if (!isConnected) await publisher.connect();
      isConnected = true;
      await publisher.publish(texts.map((text, sequence) => ({ sequence, text })));
      waiting.splice(0, texts.length);
    } catch (error) {
      isConnected = false;
      onProblem('events of the projections are not in Kafka yet', error);
    }
  };
  return {
    add(event: Envelope) {
      waiting.push(JSON.stringify(event));
      if (waiting.length > waitingMax) waiting.shift();
      sending = sending.then(send);
    },
    async close() {
      await sending;
      await publisher.disconnect();
    },
  };
}
