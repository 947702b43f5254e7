import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Journal } from '../actors/ports/journal.ts';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import { createConfirmations } from './confirmations.ts';
import { kafkaAccess } from './kafka.ts';
import { KeptThread } from './kept-thread.ts';
import type { FromRelay, RelayWorkerOptions, ToRelay } from './relay-protocol.ts';
import type { TellProblem } from './tell-problem.ts';

/** The relay's name among the readers of the journal: retention never passes its position. */
export const relayReader = 'relay/kafka';

/** Most often that a busy journal wakes the relay, and so the least time that a batch may gather. */
const noticeMs = 20;
/** How often what Kafka has is confirmed. */
const confirmMs = 250;
/** A broker that hangs is not waited for when the program ends: with the drain before it, 10 s must be enough. */
const stopMsMax = 1_000;

export interface RelayOptions {
  journal: Journal;
  journalFolder: string;
  access: KafkaAccess;
  topicPrefix: string;
  /** CloudEvents source of the relay's own events. */
  source: string;
  /** Takes the relay's own events. */
  record: (lane: Lane, event: Envelope<TransitionData>) => void;
  onProblem: TellProblem;
}

/** A relay that runs. */
export interface RunningRelay {
  /** Ends it within about a second; what is in Kafka is confirmed. */
  stop(): Promise<void>;
}

/** Starts the relay in a thread of its own, which is started again when it breaks down. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { journal, journalFolder, access, topicPrefix, source, record, onProblem } = options;
  let position = (await journal.readers()).get(relayReader) ?? 0;
  // Registered before anything is sent: from here on retention keeps what Kafka does not have.
  // The journal's own trouble is told by the journal.
  await journal.confirm(relayReader, position).catch(() => undefined);
  const confirmations = createConfirmations(journal, confirmMs);
  const thread = new KeptThread<ToRelay, FromRelay>({
    file: new URL('./relay-worker.ts', import.meta.url),
    name: 'relay',
    workerData: (crash): RelayWorkerOptions => ({
      ...{ journalFolder, access, topicPrefix, source, idPrefix: idPrefixOf(randomUUID()), position, crash },
    }),
    greeting: () => journal.head(),
    onMessage(message) {
      if (message.kind === 'event') record(message.lane, message.event);
      else if (message.kind === 'problem') onProblem('relay', message.message);
      else {
        position = message.sequence;
        confirmations.note(relayReader, position);
      }
    },
    onBreakdown: (cause) => onProblem('the relay to Kafka broke down and is started again', cause),
    stopMsMax,
  });
  let notice: NodeJS.Timeout | undefined;
  journal.onHead(() => {
    notice ??= setTimeout(() => {
      notice = undefined;
      thread.send(journal.head());
    }, noticeMs);
  });
  return {
    async stop() {
      clearTimeout(notice);
      await thread.stop();
      confirmations.flush();
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
