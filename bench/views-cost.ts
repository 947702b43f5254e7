import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurn, median, spread } from './support/figures.ts';
import { load } from './support/load.ts';
import { freePort, gatewayEnvironment, start, startSink, stop } from './support/processes.ts';

/** Rounds of with and without, in turn; 4 KB mails, one connection each. */
const rounds = Number(process.env.RUNS ?? 5);
const messages = Number(process.env.MESSAGES ?? 4000);

/** What people's views cost the mail: throughput while all projections run, as a share of that while none does. Ratios by round. */
export async function viewsCost(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const ports = { nextHop: await freePort(), sps: await freePort() };
  const [smtpA, smtpB] = [await freePort(), await freePort()];
  const spsFolder = join(folder, 'sps');
  const server = await start(['bin/sekisho', 'sps'], ports.sps, {
    SEKISHO_STATE_FOLDER: join(folder, 'x'),
    SEKISHO_SPS_FOLDER: spsFolder,
    SEKISHO_SPS_LISTEN: `127.0.0.1:${ports.sps}`,
  });
  const sink = await startSink(ports.nextHop);
  const gateway = (smtp: number, name: string, more: Record<string, string>) =>
    start(['bin/sekisho', 'gateway'], smtp, {
      ...gatewayEnvironment({ ...ports, smtp }, join(folder, name), spsFolder),
      ...more,
    });
  const withViews = await gateway(smtpA, 'a', {
    SEKISHO_PROJECTIONS_RUN: 'yes',
    SEKISHO_NOTIFY_MAIL_RELAY: `smtp://127.0.0.1:${ports.nextHop}`,
    SEKISHO_NOTIFY_MAIL_FROM: 'sekisho@example.org',
    SEKISHO_NOTIFY_MAIL_TO: 'admin@example.org',
  });
  const without = await gateway(smtpB, 'b', { SEKISHO_PROJECTIONS_RUN: 'no' });
  const lines = [
    '| sessions | all projections, messages/s | none, messages/s | ratio (median, min to max) |',
    '|---|---|---|---|',
  ];
  for (const sessions of [10, 50]) {
    await load(smtpA, sessions, 500);
    await load(smtpB, sessions, 500);
    const measure = (port: number) => () => load(port, sessions, messages);
    const pairs = await inTurn(rounds, measure(smtpA), measure(smtpB));
    const middle = (side: 0 | 1) => median(pairs.map((pair) => pair[side])).toFixed(0);
    lines.push(`| ${sessions} | ${middle(0)} | ${middle(1)} | ${spread(pairs.map(([a, b]) => a / b))} |`);
  }
  await Promise.all([withViews, without, sink, server].map(stop));
  await rm(folder, { recursive: true, force: true });
  return lines.join('\n');
}
