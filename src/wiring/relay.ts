import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Journal } from '../actors/ports/journal.ts';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import { kafkaAccess } from './kafka.ts';
import type { FromRelay, RelayWorkerOptions, ToRelay } from './relay-protocol.ts';

/** The relay's name among the readers of the journal: retention never passes its position. */
export const relayReader = 'relay/kafka';

/** Most often that a busy journal wakes the relay, and so the least time that a batch may gather. */
const noticeMs = 20;
/** From the end of a thread that broke down to the start of the next. */
const restartMs = 1_000;
/** A broker that hangs is not waited for when the program ends: with the drain before it, 10 s must be enough. */
const stopMs = 1_000;

export interface RelayOptions {
  journal: Journal;
  journalFolder: string;
  access: KafkaAccess;
  topicPrefix: string;
  /** CloudEvents source of the relay's own events. */
  source: string;
  /** Takes the relay's own events. */
  record: (lane: Lane, event: Envelope<TransitionData>) => void;
  onProblem: (problem: string, error: unknown) => void;
}

/** A relay that runs. */
export interface RunningRelay {
  /** Ends it within about a second; what is in Kafka is confirmed. */
  stop(): Promise<void>;
}

/** Starts the relay in a thread of its own, which is started again when it breaks down. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { journal, onProblem } = options;
  let position = (await journal.readers()).get(relayReader) ?? 0;
  let worker: Worker | undefined;
  let isStopping = false;
  let notice: NodeJS.Timeout | undefined;

  const confirm = (sequence: number) => {
    position = sequence;
    // The journal's own trouble is told by the journal; the next confirmation says more than this one.
    return journal.confirm(relayReader, sequence).catch(() => undefined);
  };
  const send = (message: ToRelay) => worker?.postMessage(message);
  const take = (message: FromRelay) => {
    if (message.kind === 'event') options.record(message.lane, message.event);
    else if (message.kind === 'confirm') void confirm(message.sequence);
    else onProblem('relay', message.message);
  };

  function start(crash: string | null): void {
    const { journalFolder, access, topicPrefix, source } = options;
    const idPrefix = idPrefixOf(randomUUID());
    const workerData: RelayWorkerOptions = {
      ...{ journalFolder, access, topicPrefix, source, idPrefix, position, crash },
    };
    const thread = new Worker(new URL('./relay-worker.ts', import.meta.url), { workerData, name: 'relay' });
    let cause = 'it ended';
    worker = thread;
    thread.on('message', take);
    thread.on('error', (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    thread.on('exit', () => {
      worker = undefined;
      if (isStopping) return;
      onProblem('the relay to Kafka broke down and is started again', new Error(cause));
      setTimeout(() => isStopping || start(cause), restartMs).unref();
    });
    send(journal.head());
  }

  // Registered before anything is sent: from here on retention keeps what Kafka does not have.
  await confirm(position);
  start(null);
  journal.onHead(() => {
    notice ??= setTimeout(() => {
      notice = undefined;
      send(journal.head());
    }, noticeMs);
  });
  return {
    async stop() {
      isStopping = true;
      clearTimeout(notice);
      const thread = worker;
      if (thread === undefined) return;
      const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
      send('stop');
      const timer = setTimeout(() => void thread.terminate(), stopMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** With brokers in the settings, starts the relay; without, gives up what an earlier one had not sent, and says so. */
export async function startRelayIfSet(
  parts: Pick<RelayOptions, 'journal' | 'source' | 'record' | 'onProblem'> & { settings: Settings },
): Promise<RunningRelay> {
  const { settings, ...rest } = parts;
  const access = kafkaAccess(settings);
  if (access !== undefined) {
    const journalFolder = join(settings.state.folder, 'journal');
    return startRelay({ ...rest, journalFolder, access, topicPrefix: settings.kafka.topic_prefix });
  }
  // Nobody will ever read what the relay has not sent: it must not hold retention until the journal is full.
  if ((await rest.journal.readers()).has(relayReader)) {
    rest.onProblem('[kafka] brokers is empty now: events that were not sent yet will not be sent', undefined);
    await rest.journal.forget(relayReader);
  }
  return { stop: () => Promise.resolve() };
}
