import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openJournalReader } from '../src/adapters/journal/open-journal-reader.ts';
import { startKafka } from '../test/support/kafka.ts';
import { inTurn, median, spread } from './support/figures.ts';
import { load } from './support/load.ts';
import { freePort, gatewayEnvironment, start, startSink, stop } from './support/processes.ts';

/** Rounds of with and without, in turn; 4 KB mails, one connection each. */
const rounds = Number(process.env.RUNS ?? 5);
const messages = Number(process.env.MESSAGES ?? 4000);

/** One of the two gateways that are loaded in turn. */
interface Candidate {
  port: number;
  pid: number;
  /** Resolves when everything that was logged is in Kafka, too. */
  settled(): Promise<void>;
}

/** What was measured of one load. */
interface Measured {
  messagesPerSecond: number;
  /** Of the gateway's own process, until all is in Kafka. */
  cpuMsPerMessage: number;
}

/** What Kafka costs the gateway: broker, loader, next hop and gateway on the same cores. */
export async function kafkaCost(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const [smtpA, smtpB, nextHop, sps] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const spsFolder = join(folder, 'sps');
  const kafka = await startKafka();
  const server = await start(['bin/sekisho', 'sps'], sps, {
    SEKISHO_STATE_FOLDER: join(folder, 'x'),
    SEKISHO_SPS_FOLDER: spsFolder,
    SEKISHO_SPS_LISTEN: `127.0.0.1:${sps}`,
  });
  const sink = await startSink(nextHop);
  const environment = (smtp: number, name: string) =>
    gatewayEnvironment({ nextHop, sps, smtp }, join(folder, name), spsFolder);
  const brokers = { SEKISHO_KAFKA_BROKERS: kafka.brokers };
  runInit(brokers);
  const withKafka = await start(['bin/sekisho', 'gateway'], smtpA, { ...environment(smtpA, 'a'), ...brokers });
  const alone = await start(['bin/sekisho', 'gateway'], smtpB, environment(smtpB, 'b'));
  const relayed = () => untilRelayed(join(folder, 'a', 'journal'));
  const a: Candidate = { port: smtpA, pid: withKafka.pid ?? 0, settled: relayed };
  const b: Candidate = { port: smtpB, pid: alone.pid ?? 0, settled: () => wait(500) };
  const lines = [
    '| sessions | with Kafka, messages/s | alone, messages/s | throughput ratio (median, min to max) | CPU ratio (median, min to max) |',
    '|---|---|---|---|---|',
  ];
  for (const sessions of [10, 50]) {
    await measure(a, sessions, 2000);
    await measure(b, sessions, 2000);
    const pairs = await inTurn(
      rounds,
      () => measure(a, sessions, messages),
      () => measure(b, sessions, messages),
    );
    const rate = spread(pairs.map(([x, y]) => x.messagesPerSecond / y.messagesPerSecond));
    const cpu = spread(pairs.map(([x, y]) => x.cpuMsPerMessage / y.cpuMsPerMessage));
    const perSecond = (side: 0 | 1) => median(pairs.map((pair) => pair[side].messagesPerSecond)).toFixed(0);
    lines.push(`| ${sessions} | ${perSecond(0)} | ${perSecond(1)} | ${rate} | ${cpu} |`);
  }
  await Promise.all([withKafka, alone, sink, server].map(stop));
  await kafka.close();
  await rm(folder, { recursive: true, force: true });
  return lines.join('\n');
}

function runInit(environment: Record<string, string>): void {
  const { status, stderr } = spawnSync('bin/sekisho', ['kafka', 'init'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

async function measure({ port, pid, settled }: Candidate, sessions: number, count: number): Promise<Measured> {
  const before = cpuMs(pid);
  const messagesPerSecond = await load(port, sessions, count);
  await settled();
  return { messagesPerSecond, cpuMsPerMessage: (cpuMs(pid) - before) / count };
}

/** User and system time of a process with all its threads. `/proc` counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function untilRelayed(folder: string): Promise<void> {
  const reader = await openJournalReader({ folder });
  while ((await reader.readers()).get('relay/kafka') !== reader.head()) await wait(50);
  await reader.close();
}
