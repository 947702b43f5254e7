import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { answersApiVersions } from './api-versions.ts';
import { classArchiveOf } from './jars.ts';
import { type BrokerPlan, serverProperties } from './server-properties.ts';

/** A user for SASL/SCRAM, made when the folder is formatted. */
export interface ScramUser {
  name: string;
  password: string;
}

/** How a broker is started. */
export interface BrokerOptions extends BrokerPlan {
  /** Folder of jars. */
  jars: string;
  users?: readonly ScramUser[];
}

/** A running broker. */
export interface Broker {
  process: ChildProcess;
  /** What it has logged. */
  log(): string;
  /** Ends it with a signal and waits for that. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** A small heap and the quick compiler: a broker for one machine, not for a data centre. */
const javaOptions = ['-Xms64M', '-Xmx384M', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xlog:disable'];
const readyMsMax = 60_000;

/** Starts a broker; resolves when it answers. Data that is in the folder stays. @throws with the end of its log when it ends before. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { folder, jars, host, port } = options;
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(options), { mode: 0o600 });
  const logFile = join(folder, 'broker.log');
  const java = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`];
  if (!existsSync(join(folder, 'data', 'meta.properties'))) format(java, properties, options.users ?? []);
  const output = openSync(logFile, 'a');
  const archive = classArchive(jars);
  const child = spawn('java', [...javaOptions, ...archive.options, ...java, 'kafka.Kafka', properties], {
    stdio: ['ignore', output, output],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => {
    process.off('exit', endWithUs);
    archive.keep();
  });
  const broker: Broker = {
    process: child,
    log: () => readFileSync(logFile, 'utf8'),
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
  await ready(broker, host, port);
  return broker;
}

/** Loaded classes, kept beside the jars by the first broker that ends in order: later ones start in one second instead of three. */
function classArchive(jars: string): { options: string[]; keep(): void } {
  const file = classArchiveOf(jars);
  if (existsSync(file)) return { options: [`-XX:SharedArchiveFile=${file}`], keep() {} };
  const own = `${file}.${randomUUID()}`;
  return {
    options: [`-XX:ArchiveClassesAtExit=${own}`],
    keep() {
      if (existsSync(own)) renameSync(own, file);
    },
  };
}

async function ready(broker: Broker, host: string, port: number): Promise<void> {
  const deadline = Date.now() + readyMsMax;
  // A broker opens its port only when it is part of its cluster: an answer is what "ready" means.
  while (!(await answersApiVersions(host, port))) {
    const { exitCode, signalCode } = broker.process;
    const isGone = exitCode !== null || signalCode !== null;
    if (isGone || Date.now() > deadline) {
      await broker.end('SIGKILL');
      throw new Error(`the broker ${isGone ? 'ended' : 'did not answer'}:\n${broker.log().slice(-3000)}`);
    }
    await wait(50);
  }
}

function format(java: readonly string[], properties: string, users: readonly ScramUser[]): void {
  const scram = users.flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((kind) => ['-S', `${kind}=[name=${name},password=${password}]`]),
  );
  // Kafka's own tool takes an id that begins with a dash for an option.
  const cluster = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  const argv = [
    ...javaOptions,
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    cluster,
    '-c',
    properties,
    ...scram,
  ];
  const { status, stdout, stderr, error } = spawnSync('java', argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the broker's folder could not be made: ${error?.message ?? stdout + stderr}`);
}
