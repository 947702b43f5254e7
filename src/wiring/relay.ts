import { join } from 'node:path';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createConfirmations } from './confirmations.ts';
import { kafkaAccess } from './kafka.ts';
import { type RelayThreadOptions, type RunningRelay, startRelayThread } from './relay-thread.ts';
import type { KafkaRelayOptions } from './relay-worker.ts';

/** The relay's name among the readers of the journal: retention never passes its position. */
export const relayReader = 'relay/kafka';

/** How often what Kafka has is confirmed. */
const confirmMs = 250;

/** What any relay needs of the program. */
export type RelayOptions = Pick<RelayThreadOptions, 'journal' | 'journalFolder' | 'source' | 'record' | 'onProblem'>;

/** Starts the relay to Kafka. */
export async function startRelay({
  access,
  topicPrefix,
  ...options
}: RelayOptions & { access: KafkaAccess; topicPrefix: string }): Promise<RunningRelay> {
  const { journal } = options;
  const position = (await journal.readers()).get(relayReader) ?? 0;
  // Registered before anything is sent: from here on retention keeps what Kafka does not have.
  // The journal's own trouble is told by the journal.
  await journal.confirm(relayReader, position).catch(() => undefined);
  const confirmations = createConfirmations(journal, confirmMs);
  const relay = startRelayThread({
    ...options,
    name: 'relay to Kafka',
    file: new URL('./relay-worker.ts', import.meta.url),
    position,
    onConfirmed: (sequence) => confirmations.note(relayReader, sequence),
    more: { access, topicPrefix } satisfies KafkaRelayOptions,
  });
  return {
    async stop() {
      await relay.stop();
      confirmations.flush();
    },
  };
}

/** With brokers in the settings, starts the relay; without, gives up what an earlier one had not sent, and says so. */
export async function startRelayIfSet(
  parts: Omit<RelayOptions, 'journalFolder'> & { settings: Settings },
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
