import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';

/** How long brokers may take to know of a topic that one of them has created, ms. */
const KNOWN_MS_MAX = 10_000;
const LOOK_MS = 100;
/** What a broker says of a topic that it does not know yet. */
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'];

/**
 * Creates topics and waits until they have leaders, so that a producer finds them at once. What kafkajs has for it
 * (`waitForLeaders`) gives up when the broker that is asked does not know the topic yet.
 * @returns false when all of them were there already
 * @throws what kafkajs throws
 */
export async function createAndAwait(admin: Admin, topics: ITopicConfig[]): Promise<boolean> {
  const created = await admin.createTopics({ waitForLeaders: false, topics });
  const names = topics.map(({ topic }) => topic);
  for (const endMs = performance.now() + KNOWN_MS_MAX; ; await wait(LOOK_MS)) {
    try {
      await admin.fetchTopicMetadata({ topics: names });
      return created;
    } catch (error) {
      const { type = '' } = error as { type?: string };
      if (!NOT_YET.includes(type) || performance.now() > endMs) throw error;
    }
  }
}
