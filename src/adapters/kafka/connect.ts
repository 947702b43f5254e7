import { readFile } from 'node:fs/promises';
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import { useFastGzip } from './gzip.ts';
import { restIdleConnections } from './idle-timer.ts';

/** How to reach the brokers: what `[kafka]` says, without the topics. */
export interface KafkaAccess {
  /** `host:port` each. */
  brokers: readonly string[];
  clientId: string;
  tls: boolean;
  /** PEM files. */
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; passwordFile: string };
  requestTimeoutMs: number;
  connectTimeoutMs: number;
}

/** Told what kafkajs logs, from warnings on; never holds secrets. Must not throw. */
export type KafkaProblem = (message: string) => void;

/**
 * A client of the brokers; connects when it is first used. Retries are few and short: who calls has a back-off of its own,
 * and must hear soon that Kafka is away.
 * @throws when a PEM or password file cannot be read.
 */
export async function connectKafka(access: KafkaAccess, onProblem: KafkaProblem): Promise<Kafka> {
  restIdleConnections();
  useFastGzip();
  const config: KafkaConfig = {
    clientId: access.clientId,
    brokers: [...access.brokers],
    requestTimeout: access.requestTimeoutMs,
    connectionTimeout: access.connectTimeoutMs,
    authenticationTimeout: access.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => tellEntry(entry, onProblem),
  };
  const tls = await tlsOptions(access);
  if (tls !== undefined) config.ssl = tls;
  const sasl = await saslOptions(access);
  if (sasl !== undefined) config.sasl = sasl;
  return new kafkajs.Kafka(config);
}

async function tlsOptions({ tls, caFile, certFile, keyFile }: KafkaAccess): Promise<KafkaConfig['ssl'] | undefined> {
  if (!tls) return undefined;
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'));
  const [ca, cert, key] = await Promise.all([read(caFile), read(certFile), read(keyFile)]);
  return {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function saslOptions({ sasl }: KafkaAccess): Promise<SASLOptions | undefined> {
  if (sasl === undefined) return undefined;
  const [password = ''] = (await readFile(sasl.passwordFile, 'utf8')).split(/\r?\n/, 1);
  return { mechanism: sasl.mechanism, username: sasl.username, password } as SASLOptions;
}

function tellEntry({ namespace, log }: LogEntry, onProblem: KafkaProblem): void {
  const { message, broker, error } = log;
  const parts = [namespace, message, broker, error === undefined || error === message ? undefined : error];
  onProblem(parts.filter((part) => typeof part === 'string' && part !== '').join(': '));
}
