import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';

/** How long brokers may take to know of a topic that one of them has created, ms. */
const KNOWN_MS_MAX = 10_000;
const LOOK_MS = 100;
/** What a broker says of a topic that it does not know yet. */
const NOT_YET = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'];

/**
 * Creates topics and waits until their leaders answer, so that a producer finds them at once. What kafkajs has for it
 * (`waitForLeaders`) gives up when the broker that is asked does not know the topic yet, and asks no leader.
 * @returns false when all of them were there already
 * @throws what kafkajs throws
 */
export async function createAndAwait(admin: Admin, topics: ITopicConfig[]): Promise<boolean> {
  const created = await admin.createTopics({ waitForLeaders: false, topics });
  for (const endMs = performance.now() + KNOWN_MS_MAX; ; await wait(LOOK_MS)) {
    try {
      for (const { topic } of topics) await admin.fetchTopicOffsets(topic);
      return created;
    } catch (error) {
      if (!isNotYet(error) || performance.now() > endMs) throw error;
    }
  }
}

/** kafkajs tries a few times itself, and then says so, with the last trouble as the cause. */
function isNotYet(error: unknown): boolean {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return NOT_YET.includes(type ?? cause?.type ?? '');
}
