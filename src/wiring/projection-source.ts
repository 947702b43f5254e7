import { join } from 'node:path';
import { openJournalSource } from '../adapters/journal/journal-source.ts';
import { createKafkaSource } from '../adapters/kafka/kafka-source.ts';
import { openViewStore } from '../adapters/projection-store/open-view-store.ts';
import { projectionsFolder } from '../adapters/projection-store/view-file.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { projections } from '../projections/all.ts';
import { notifications } from '../projections/notifications/notifications.ts';
import type { DeadLetters } from '../projections/ports/dead-letters.ts';
import type { EventSource } from '../projections/ports/event-source.ts';
import type { ViewStore } from '../projections/ports/view-store.ts';
import type { Projection } from '../projections/projection.ts';
import { kafkaAccess, kafkaClient } from './kafka.ts';
import { isNotifying } from './notification-channels.ts';
import { withOutbox } from './notification-store.ts';
import type { TellProblem } from './tell-problem.ts';

/** What projections need of the settings. */
export type ProjectionSettings = Pick<Settings, 'state' | 'kafka' | 'projections' | 'notify' | 'smtp'>;

/** The log, as the settings say where it is. */
export interface OpenSource {
  source: EventSource;
  /** With Kafka: the topic of dead letters. */
  deadLetters?: DeadLetters;
  close(): Promise<void>;
}

/** Tells the writing journal what a reader has handled. */
export type ConfirmToJournal = (reader: string, sequence: number) => Promise<void>;

/**
 * Opens the source of all projections.
 * @param confirm for the journal; without it retention does not wait for them.
 * @throws when there is no journal, or `[projections] source = kafka` without brokers.
 */
export async function openProjectionSource(
  settings: ProjectionSettings,
  confirm?: ConfirmToJournal,
): Promise<OpenSource> {
  if (settings.projections.source === 'journal') {
    const source = openJournalSource({ folder: join(settings.state.folder, 'journal'), ...(confirm && { confirm }) });
    return { source, close: () => source.close() };
  }
  const access = kafkaAccess(settings);
  if (access === undefined) throw new Error('[projections] source is kafka, and [kafka] brokers is empty');
  const kafka = await kafkaClient(access);
  const prefix = settings.kafka.topic_prefix;
  const { createKafkaDeadLetters } = await import('../adapters/kafka/dead-letters.ts');
  const source = createKafkaSource(kafka, prefix, settings.projections.views);
  const deadLetters = createKafkaDeadLetters(kafka, prefix);
  return {
    source,
    deadLetters,
    async close() {
      await source.close();
      await deadLetters.close();
    },
  };
}

/** Opens the view of a projection for writing; that of notifications with its outbox. */
export function openStore(settings: ProjectionSettings, projection: Projection, onProblem: TellProblem): ViewStore {
  const store = openViewStore({
    folder: projectionsFolder(settings.state.folder),
    projection,
    source: settings.projections.source,
  });
  return projection.name === notifications.name ? withOutbox(store, settings, onProblem) : store;
}

/** The projections that are kept up to date: without anybody to tell, there are no notifications. */
export function keptProjections(settings: Pick<Settings, 'notify'>): readonly Projection[] {
  return isNotifying(settings) ? projections : projections.filter(({ name }) => name !== notifications.name);
}
