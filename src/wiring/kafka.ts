import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { TopicPlan } from '../adapters/kafka/topics.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { hostPortText } from '../adapters/settings/values/host.ts';
import { recordBytesMax, reputationTopic, type TopicPurpose, topicName, topicPurposes } from '../events/topics.ts';

type KafkaSettings = Settings['kafka'];

/** How to reach the brokers; undefined when no Kafka is set. */
export function kafkaAccess({ kafka }: Pick<Settings, 'kafka'>): KafkaAccess | undefined {
  if (kafka.brokers.length === 0) return undefined;
  const { ca_file, cert_file, key_file, sasl_mechanism, username, password_file } = kafka;
  return {
    brokers: kafka.brokers.map(hostPortText),
    clientId: kafka.client_id,
    tls: kafka.tls,
    ...(ca_file === undefined ? {} : { caFile: ca_file }),
    ...(cert_file === undefined ? {} : { certFile: cert_file }),
    ...(key_file === undefined ? {} : { keyFile: key_file }),
    ...(sasl_mechanism === 'none' || username === undefined || password_file === undefined
      ? {}
      : { sasl: { mechanism: sasl_mechanism, username, passwordFile: password_file } }),
    requestTimeoutMs: kafka.request_timeout_ms,
    connectTimeoutMs: kafka.connect_timeout_ms,
  };
}

/**
 * A client of the brokers. kafkajs is loaded only here: without Kafka no program pays for it. What it has to say, our own
 * events and errors say better.
 * @throws as `connectKafka`
 */
export async function kafkaClient(access: KafkaAccess) {
  const { connectKafka } = await import('../adapters/kafka/connect.ts');
  return connectKafka(access, () => undefined);
}

const dayMs = 86_400_000;

/** Every topic as the settings want it. */
export function topicPlans(kafka: KafkaSettings): TopicPlan[] {
  return [...eventTopicPlans(kafka), reputationPlan(kafka)];
}

/**
 * What is known of a file counts until it is replaced or taken back: compacted, whatever the events' topics are. A reader that was
 * away begins anew, so a tombstone need not outlive its reading: a day.
 */
function reputationPlan(kafka: KafkaSettings): TopicPlan {
  return {
    name: reputationTopic(kafka.topic_prefix),
    partitions: kafka.partitions_reputation,
    replicationFactor: kafka.replication_factor,
    config: { 'cleanup.policy': 'compact', 'delete.retention.ms': String(dayMs) },
  };
}

function eventTopicPlans(kafka: KafkaSettings): TopicPlan[] {
  return topicPurposes.map((purpose) => ({
    name: topicName(kafka.topic_prefix, purpose),
    partitions: partitionsOf(kafka, purpose),
    replicationFactor: kafka.replication_factor,
    config: {
      'cleanup.policy': kafka.cleanup_policy,
      'retention.ms': String(retentionDays(kafka, purpose) * dayMs),
      'max.message.bytes': String(recordBytesMax + recordOverheadBytes),
    },
  }));
}

/** What Kafka puts around the value of a record, with our key and headers: generous. */
const recordOverheadBytes = 48_576;

function partitionsOf(kafka: KafkaSettings, purpose: TopicPurpose): number {
  if (purpose === 'scans') return kafka.partitions_scans;
  if (purpose === 'servers') return kafka.partitions_servers;
  // Few events, and for commands one order for all of them.
  return purpose === 'system' ? kafka.partitions_system : 1;
}

function retentionDays(kafka: KafkaSettings, purpose: TopicPurpose): number {
  if (purpose === 'scans') return kafka.retention_days_scans;
  if (purpose === 'servers') return kafka.retention_days_servers;
  if (purpose === 'commands') return kafka.retention_days_commands;
  return purpose === 'dead-letters' ? kafka.retention_days_dead_letters : kafka.retention_days_system;
}
