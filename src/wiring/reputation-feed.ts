import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { reputationTopic } from '../events/topics.ts';
import { kafkaAccess } from './kafka.ts';
import { KeptThread } from './kept-thread.ts';

/** Where reputation entries are exchanged. */
export interface ReputationTopic {
  access: KafkaAccess;
  topic: string;
  /** Names of consumer groups begin with it. */
  groupPrefix: string;
}

/** That, as the settings say; undefined where no Kafka is set. */
export function reputationKafka(settings: Pick<Settings, 'kafka'>): ReputationTopic | undefined {
  const access = kafkaAccess(settings);
  const { topic_prefix: groupPrefix } = settings.kafka;
  return access && { access, groupPrefix, topic: reputationTopic(groupPrefix) };
}

/** What the thread is started with. */
export interface FeedWorkerData extends ReputationTopic {
  /** Of the server. */
  folder: string;
}

/** What the thread tells. */
export type FromFeed = { kind: 'imported'; entries: number } | { kind: 'problem'; text: string };

/** Who hears of it. */
export interface FeedTold {
  /** The store has what the topic has: so many entries. */
  onImported: (entries: number) => void;
  onProblem: (problem: string) => void;
}

/** A merge of millions is not waited for: it is broken off, and nothing has changed. */
const stopMsMax = 5000;

/**
 * Keeps the store of the server as the topic of reputation entries is, in a thread of its own: the server notices a change as it does an
 * import by hand. Returns the way to end it.
 */
export function startReputationFeed(options: FeedWorkerData & FeedTold): () => Promise<void> {
  const { onImported, onProblem, ...data } = options;
  const thread = new KeptThread<never, FromFeed>({
    ...{ file: new URL('./reputation-feed-worker.ts', import.meta.url), name: 'reputation feed', stopMsMax },
    workerData: (): FeedWorkerData => data,
    onMessage: (message) => (message.kind === 'imported' ? onImported(message.entries) : onProblem(message.text)),
    onBreakdown: (cause) =>
      onProblem(`reading reputation entries from Kafka broke down and begins again: ${cause.message}`),
  });
  return () => thread.stop();
}
