import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { type Broker, type BrokerOptions, type ScramUser, startBroker } from '../../kafka/broker-process.ts';
import { javaMissing, kafkaJars } from '../../kafka/jars.ts';
import { connectKafka, type KafkaAccess } from '../../src/adapters/kafka/connect.ts';
import { createAndAwait } from '../../src/adapters/kafka/create-topics.ts';
import { issueAuthority, issueServerCertificate } from '../../src/sps/identity/certificate.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

/** Why no broker can be started for a test here, and what to do about it; undefined when one can. */
export function kafkaMissing(): string | undefined {
  return javaMissing();
}

/** The same for tests that only need some Kafka: the one that KAFKA_BROKERS names will do. */
export function plainKafkaMissing(): string | undefined {
  return process.env.KAFKA_BROKERS === undefined ? javaMissing() : undefined;
}

/** Some Kafka, for tests that do nothing to the broker. */
export interface PlainKafka {
  /** `host:port`, parted by commas. */
  brokers: string;
  /** Names of topics and groups must begin with this: others may use the same brokers. */
  prefix: string;
  /** Removes the topics of the prefix, or the broker. */
  close(): Promise<void>;
}

/** The brokers of KAFKA_BROKERS, or else one that is started for this. */
export async function plainKafka(): Promise<PlainKafka> {
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  const given = process.env.KAFKA_BROKERS;
  if (given === undefined) return { prefix, ...(await startKafka()) };
  return { prefix, brokers: given, close: () => removeTopics(given, prefix) };
}

/** How a test reaches a broker without TLS. */
export function plainAccess(brokers: string): KafkaAccess {
  return { brokers: brokers.split(','), clientId: 'test', tls: false, requestTimeoutMs: 3000, connectTimeoutMs: 1000 };
}

/** Makes a topic that can be read and written at once: for a moment after its making a broker may not know yet that it leads. */
export async function createTopic(admin: Admin, topic: string, numPartitions: number): Promise<void> {
  await createAndAwait(admin, [{ topic, numPartitions, replicationFactor: 1 }]);
  await eventually(`leaders of ${topic}`, () =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    ),
  );
}

async function removeTopics(brokers: string, prefix: string): Promise<void> {
  const admin = (await connectKafka(plainAccess(brokers), () => {})).admin();
  try {
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}

/** A broker that tests may do anything to; its ports stay the same over restarts. */
export interface LabKafka {
  /** `host:port` of the plain listener. */
  brokers: string;
  /** `host:port` of the TLS listener, with SASL if users were given; '' without. */
  secureBrokers: string;
  /** PEM file of the authority that signed the broker's certificate. */
  caFile: string;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again on its data. */
  start(): Promise<void>;
  /** SIGSTOP: it hangs, connections stay open. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** What the broker has logged. */
  log(): string;
  /** Ends it and removes everything. */
  close(): Promise<void>;
}

/** What a test wants of its broker. */
export interface LabKafkaOptions {
  /** A TLS listener besides the plain one. */
  tls?: boolean;
  /** SASL on the TLS listener. */
  users?: readonly ScramUser[];
  properties?: BrokerOptions['properties'];
}

/** Starts a broker of its own for a test, on loopback, in a temporary folder: about two seconds. */
export async function startKafka(options: LabKafkaOptions = {}): Promise<LabKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-kafka-'));
  const ports = { port: await freePort(), controllerPort: await freePort(), secure: await freePort() };
  const caFile = join(folder, 'ca.pem');
  const plan: BrokerOptions = {
    folder: join(folder, 'broker'),
    jars: kafkaJars((message) => console.warn(message)),
    host: '127.0.0.1',
    port: ports.port,
    controllerPort: ports.controllerPort,
    ...(options.users === undefined ? {} : { users: options.users }),
    ...(options.properties === undefined ? {} : { properties: options.properties }),
    ...(options.tls === true
      ? { secure: await secureListener(ports.secure, caFile, options.users !== undefined) }
      : {}),
  };
  let broker: Broker = await startBroker(plan);
  return {
    brokers: `127.0.0.1:${ports.port}`,
    secureBrokers: options.tls === true ? `127.0.0.1:${ports.secure}` : '',
    caFile,
    stop: () => broker.end('SIGTERM'),
    kill: () => broker.end('SIGKILL'),
    async start() {
      broker = await startBroker(plan);
    },
    pause: () => void broker.process.kill('SIGSTOP'),
    resume: () => void broker.process.kill('SIGCONT'),
    log: () => broker.log(),
    async close() {
      await broker.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function secureListener(port: number, caFile: string, sasl: boolean) {
  const authority = await issueAuthority(Date.now());
  const { key, certificate } = await issueServerCertificate(authority, ['127.0.0.1', 'localhost'], 7, Date.now());
  writeFileSync(caFile, authority.certificate);
  return { port, key, certificate, sasl };
}
