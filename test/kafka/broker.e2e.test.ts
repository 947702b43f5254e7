import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersApiVersions } from '../../kafka/api-versions.ts';
import { connectKafka } from '../../src/adapters/kafka/connect.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { kafkaMissing, plainAccess } from '../support/kafka.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const missing = kafkaMissing();
if (missing !== undefined) console.warn(`SKIPPED: npm run kafka. ${missing}`);

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGTERM');
});

/** `npm run kafka`, or its script, and what it says. */
function start(argv: readonly [string, ...string[]], environment: Record<string, string>) {
  const [program, ...more] = argv;
  const child: ChildProcess = spawn(program, more, { cwd: root, env: { ...process.env, ...environment } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output.text += chunk));
  return { child, output, exited: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]> };
}

const npm = ['npm', 'run', 'kafka'] as const;
const script = [process.execPath, 'kafka/broker.ts'] as const;

describe.skipIf(missing !== undefined)('npm run kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-kafka-'));
  let address: string;
  let port: number;
  let environment: Record<string, string>;
  beforeAll(async () => {
    port = await freePort();
    address = `127.0.0.1:${port}`;
    environment = { SEKISHO_KAFKA_LISTEN: address, SEKISHO_STATE_FOLDER: folder };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const started = (argv: readonly [string, ...string[]]) => {
    const run = start(argv, environment);
    const ready = eventually(
      'the line that says it is ready',
      () => run.output.text.includes(`on ${address};`),
      60_000,
    );
    return { ...run, ready };
  };

  async function topics(change: readonly string[] = []): Promise<string[]> {
    const admin = (await connectKafka(plainAccess(address), () => undefined)).admin();
    await admin.connect();
    try {
      if (change.length > 0) await admin.createTopics({ topics: change.map((topic) => ({ topic })) });
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  }

  test('serves where it says, ends with npm at SIGTERM, and keeps its data', async () => {
    const first = started(npm);
    await first.ready;
    expect(await topics(['kept'])).toEqual(['kept']);
    first.child.kill('SIGTERM');
    await first.exited;
    await eventually('the port closed', async () => !(await answersApiVersions('127.0.0.1', port)));

    const second = started(script);
    await second.ready;
    expect(await topics()).toEqual(['kept']);
    const third = start(script, environment);
    expect(await third.exited).toEqual([1, null]);
    expect(third.output.text).toContain(`a Kafka broker answers at ${address} already`);
    second.child.kill('SIGINT');
    expect(await second.exited).toEqual([0, null]);
    expect(await answersApiVersions('127.0.0.1', port)).toBe(false);
  }, 120_000);

  test('says what an address must be', async () => {
    const { exited, output } = start(script, { ...environment, SEKISHO_KAFKA_LISTEN: '9092' });
    expect(await exited).toEqual([1, null]);
    expect(output.text).toContain('SEKISHO_KAFKA_LISTEN must be host:port, not 9092');
  });
});

test('without Java it says which packages to install', async () => {
  const { exited, output } = start(script, { PATH: '/nonexistent', XDG_CACHE_HOME: '/nonexistent' });
  expect(await exited).toEqual([1, null]);
  expect(output.text).toContain('apt-get install -y default-jre-headless maven');
});
