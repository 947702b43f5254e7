import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurn, median, spread } from './support/figures.ts';
import { load } from './support/load.ts';
import { freePort, gatewayEnvironment, start, startSink, stop } from './support/processes.ts';

/** Rounds of with and without, in turn; 4 KB mails, one connection each. */
const rounds = Number(process.env.RUNS ?? 5);
const messages = Number(process.env.MESSAGES ?? 4000);

/** What the journal costs: throughput with it, as a share of that with a journal that drops everything. Ratios by round. */
export async function journalCost(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const [smtpA, smtpB, nextHop, sps] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const spsFolder = join(folder, 'sps');
  const environment = {
    SEKISHO_STATE_FOLDER: join(folder, 'x'),
    SEKISHO_SPS_FOLDER: spsFolder,
    SEKISHO_SPS_LISTEN: `127.0.0.1:${sps}`,
  };
  const server = await start(['bin/sekisho', 'sps'], sps, environment);
  const sink = await startSink(nextHop);
  const ports = { nextHop, sps };
  const kept = await start(
    ['bin/sekisho', 'gateway'],
    smtpA,
    gatewayEnvironment({ ...ports, smtp: smtpA }, join(folder, 'a'), spsFolder),
  );
  const dropped = await start(
    [process.execPath, '--disable-warning=ExperimentalWarning', 'bench/support/dropping-gateway.ts'],
    smtpB,
    gatewayEnvironment({ ...ports, smtp: smtpB }, join(folder, 'b'), spsFolder),
  );
  const lines = [
    '| sessions | with journal, messages/s | dropping, messages/s | ratio (median, min to max) |',
    '|---|---|---|---|',
  ];
  for (const sessions of [10, 50]) {
    await load(smtpA, sessions, 500);
    await load(smtpB, sessions, 500);
    const measure = (port: number) => () => load(port, sessions, messages);
    const pairs = await inTurn(rounds, measure(smtpA), measure(smtpB));
    const [with_, without] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))];
    const ratio = spread(pairs.map(([a, b]) => a / b));
    lines.push(`| ${sessions} | ${with_.toFixed(0)} | ${without.toFixed(0)} | ${ratio} |`);
  }
  await Promise.all([kept, dropped, sink, server].map(stop));
  await rm(folder, { recursive: true, force: true });
  return lines.join('\n');
}
