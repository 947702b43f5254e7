import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Broker, type BrokerOptions, type ScramUser, startBroker } from '../../kafka/broker-process.ts';
import { javaMissing, kafkaJars } from '../../kafka/jars.ts';
import { issueAuthority, issueServerCertificate } from '../../src/sps/certificate.ts';
import { freePort } from './free-port.ts';

/** Why there can be no Kafka for the tests here, and what to do about it; undefined when there is one. */
export function kafkaMissing(): string | undefined {
  return process.env.KAFKA_BROKERS === undefined ? javaMissing() : undefined;
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
