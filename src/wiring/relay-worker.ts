/** The thread of the relay to Kafka. */
import { workerData } from 'node:worker_threads';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import { createPublisher } from '../adapters/kafka/publisher.ts';
import { kafkaClient } from './kafka.ts';
import type { RelayWorkerOptions } from './relay-protocol.ts';
import { runRelay } from './run-relay.ts';

/** Besides what every relay is started with. */
export interface KafkaRelayOptions {
  access: KafkaAccess;
  topicPrefix: string;
}

const { access, topicPrefix, ...options } = workerData as RelayWorkerOptions & KafkaRelayOptions;
await runRelay(options, {
  to: 'kafka',
  publisher: createPublisher({ connect: () => kafkaClient(access), topicPrefix }),
});
