import type { Settings } from '../adapters/settings/settings.ts';
import { reputationTopic } from '../events/topics.ts';
import { kafkaAccess } from './kafka.ts';
import { KeptThread } from './kept-thread.ts';
import type { FeedWorkerData } from './reputation-feed-worker.ts';

/** What the thread tells. */
export type FromFeed = { kind: 'imported'; entries: number } | { kind: 'problem'; text: string };

export interface ReputationFeedOptions {
  settings: Pick<Settings, 'kafka' | 'sps'>;
  /** The store has what the topic has: so many entries. */
  onImported: (entries: number) => void;
  onProblem: (problem: string) => void;
}

/** A merge of millions is not broken off, but nothing is lost by that. */
const stopMsMax = 5000;

/**
 * Keeps the store of the server as the topic of reputation entries is, in a thread of its own: the server notices a change as it does an
 * import by hand. Returns the way to end it, or undefined where no Kafka is set.
 */
export function startReputationFeed(options: ReputationFeedOptions): (() => Promise<void>) | undefined {
  const { settings, onImported, onProblem } = options;
  const access = kafkaAccess(settings);
  if (access === undefined) return undefined;
  const { topic_prefix: groupPrefix } = settings.kafka;
  const data: FeedWorkerData = {
    access,
    groupPrefix,
    topic: reputationTopic(groupPrefix),
    folder: settings.sps.folder,
  };
  const thread = new KeptThread<never, FromFeed>({
    ...{ file: new URL('./reputation-feed-worker.ts', import.meta.url), name: 'reputation feed', stopMsMax },
    workerData: () => data,
    onMessage: (message) => (message.kind === 'imported' ? onImported(message.entries) : onProblem(message.text)),
    onBreakdown: (cause) =>
      onProblem(`reading reputation entries from Kafka broke down and begins again: ${cause.message}`),
  });
  return () => thread.stop();
}
