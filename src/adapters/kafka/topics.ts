import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { createAndAwait } from './create-topics.ts';

/** A topic as it should be. */
export interface TopicPlan {
  name: string;
  partitions: number;
  replicationFactor: number;
  /** By Kafka's own names, e.g. `retention.ms`. */
  config: Readonly<Record<string, string>>;
}

/** Where a topic is not as declared. */
export interface Drift {
  /** `partitions`, `replication` or a configuration name. */
  what: string;
  wanted: string;
  found: string;
}

/** What became of a topic, or what it is. */
export interface TopicReport {
  name: string;
  state: 'created' | 'missing' | 'as declared' | 'differs';
  drift: readonly Drift[];
}

/**
 * Looks at the topics and creates those that are missing, unless `create` is false. What is there is never changed: that is for
 * whoever runs the brokers.
 * @throws what kafkajs throws; see `kafkaTrouble`.
 */
export async function settleTopics(kafka: Kafka, plans: readonly TopicPlan[], create: boolean): Promise<TopicReport[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = plans.filter(({ name }) => !existing.has(name));
    if (create && missing.length > 0) await createTopics(admin, missing);
    const there = plans.filter(({ name }) => existing.has(name));
    const drifts = there.length === 0 ? new Map<string, Drift[]>() : await driftOf(admin, there);
    return plans.map(({ name }) => report(name, existing.has(name), create, drifts.get(name) ?? []));
  } finally {
    await admin.disconnect();
  }
}

function report(name: string, existed: boolean, create: boolean, drift: readonly Drift[]): TopicReport {
  if (!existed) return { name, state: create ? 'created' : 'missing', drift: [] };
  return { name, state: drift.length > 0 ? 'differs' : 'as declared', drift };
}

async function createTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<void> {
  const topics = plans.map(({ name, partitions, replicationFactor, config }) => ({
    topic: name,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }));
  await createAndAwait(admin, topics);
}

async function driftOf(admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, Drift[]>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ name }) => name) });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plans.map(({ name, config }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(config),
    })),
  });
  return new Map(
    plans.map((plan) => {
      const partitions = topics.find(({ name }) => name === plan.name)?.partitions ?? [];
      const entries = resources.find(({ resourceName }) => resourceName === plan.name)?.configEntries ?? [];
      const found = Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
      return [plan.name, compare(plan, partitions.length, partitions[0]?.replicas.length ?? 0, found)];
    }),
  );
}

/** Pure: where what was found differs. */
export function compare(
  plan: TopicPlan,
  partitions: number,
  replicas: number,
  config: Readonly<Record<string, string | undefined>>,
): Drift[] {
  const pairs: [what: string, wanted: string, found: string][] = [
    ['partitions', String(plan.partitions), String(partitions)],
    ['replication', String(plan.replicationFactor), String(replicas)],
    ...Object.entries(plan.config).map(
      ([name, wanted]) => [name, wanted, config[name] ?? 'unknown'] as [string, string, string],
    ),
  ];
  return pairs
    .filter(([, wanted, found]) => wanted !== found)
    .map(([what, wanted, found]) => ({ what, wanted, found }));
}
