import type { Envelope, Lane } from './envelope.ts';

/** What has a topic: each lane, and the events that a projection or the relay had to put aside. */
export type TopicPurpose = Lane | 'dead-letters';

/** Every topic, in the order in which people are shown them. */
export const topicPurposes: readonly TopicPurpose[] = [
  'servers',
  'scans',
  'system',
  'notifications',
  'commands',
  'dead-letters',
];

/** Version of what the topics hold: another one would be new topics beside these. */
const topicsVersion = 'v1';

/** `sekisho.servers.v1`. Dots only: Kafka takes `a.b` and `a_b` for the same name in metrics and refuses one of them. */
export function topicName(prefix: string, purpose: TopicPurpose): string {
  return `${prefix}.${purpose}.${topicsVersion}`;
}

/** `sekisho.reputation.v1`: no events, but what Smart Protection Servers know; compacted, keyed by SHA-256. */
export function reputationTopic(prefix: string): string {
  return `${prefix}.reputation.${topicsVersion}`;
}

/** The key of an event is its aggregate: all events of one aggregate are in one partition, in order. */
export function topicKey(event: Pick<Envelope, 'subject'>): string {
  return event.subject;
}

/** Records larger than this are refused by a broker with its usual settings (`message.max.bytes`, less what surrounds a record). */
export const recordBytesMax = 1_000_000;
