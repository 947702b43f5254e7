import type { Consumer, Kafka } from 'kafkajs';

/** How long a fetch may wait for more. A member that joins or leaves waits for fetches under way, so it is short. */
const fetchWaitMs = 200;
/** How often a group is joined anew while the broker, just started, still loads what it knows of groups. */
const loadingTriesMax = 50;

/** How a member of a group lives. */
export interface GroupConsumerOptions {
  groupId: string;
  /** After this time without a sign of life its partitions go to others, ms. Kafka's least is 6 s. */
  sessionMs: number;
  /** True: it is not wanted any more, and does not begin again. */
  isEnding(): boolean;
  /** It has failed for good: whoever reads has a back-off of its own, and tells. */
  onFailure(error: unknown): void;
}

/** A consumer that makes no topics and does not hide its failures. */
export function groupConsumer(kafka: Kafka, options: GroupConsumerOptions): Consumer {
  const { groupId, sessionMs, isEnding, onFailure } = options;
  let loadingTries = 0;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: fetchWaitMs,
    sessionTimeout: sessionMs,
    allowAutoTopicCreation: false,
    retry: {
      ...{ retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
      restartOnFailure: async (error) => !isEnding() && isLoading(error) && ++loadingTries < loadingTriesMax,
    },
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) onFailure(payload.error);
  });
  return consumer;
}

/** The broker has just come up, or has just made the topic that holds what it knows of groups. */
function isLoading(error: Error): boolean {
  return 'type' in error && error.type === 'GROUP_LOAD_IN_PROGRESS';
}
