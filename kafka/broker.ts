/** `npm run kafka`: a broker for trying things out, on this machine only. */
import { resolve } from 'node:path';
import { answersApiVersions } from './api-versions.ts';
import { startBroker } from './broker-process.ts';
import { freePort } from './free-port.ts';
import { javaMissing, kafkaJars } from './jars.ts';

const listenDefault = '127.0.0.1:9092';

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function listenAddress(): { host: string; port: number } {
  const text = process.env.SEKISHO_KAFKA_LISTEN ?? listenDefault;
  const [, host, port] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) fail(`SEKISHO_KAFKA_LISTEN must be host:port, not ${text}`);
  return { host, port: Number(port) };
}

const missing = javaMissing();
if (missing !== undefined) fail(missing);
const { host, port } = listenAddress();
if (await answersApiVersions(host, port)) fail(`a Kafka broker answers at ${host}:${port} already`);
// Before it is ready there is nothing to keep: the end of this process ends it.
let end = (): void => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end());
const folder = resolve(process.env.SEKISHO_STATE_FOLDER ?? 'state', 'kafka');
try {
  const jars = kafkaJars((message) => process.stderr.write(`${message}\n`));
  const broker = await startBroker({ folder, jars, host, port, controllerPort: await freePort() });
  process.stdout.write(
    `Kafka listens on ${host}:${port}; data in ${folder}; Ctrl-C ends it.\n` +
      `Next: SEKISHO_KAFKA_BROKERS=${host}:${port} npx sekisho kafka init\n`,
  );
  end = () => void broker.end();
  broker.process.once('exit', (code, signal) => process.exit(signal === null && code !== 143 ? (code ?? 1) : 0));
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
