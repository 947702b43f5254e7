/** Before tests that need brokers: fetches the jars and archives loaded classes, so that none of them waits for it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from './broker-process.ts';
import { freePort } from './free-port.ts';
import { classArchiveOf, javaMissing, kafkaJars } from './jars.ts';

const missing = javaMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(1);
}
const jars = kafkaJars((message) => process.stderr.write(`${message}\n`));
if (!existsSync(classArchiveOf(jars))) {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  // The archive is written when it ends.
  await (await startBroker({ folder, jars, host: '127.0.0.1', port, controllerPort })).end();
  rmSync(folder, { recursive: true, force: true });
}
