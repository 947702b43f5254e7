import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSettings } from '../src/adapters/settings/load-settings.ts';
import { createTerminalLog } from '../src/adapters/terminal-log/terminal-log.ts';
import { startGateway } from '../src/wiring/gateway.ts';
import { bombs } from '../test/support/bombs.ts';
import { median, percentile } from './support/figures.ts';
import { sendOne, wireMail } from './support/load.ts';
import { freePort, gatewayEnvironment, start, startSink, stop } from './support/processes.ts';

const seconds = Number(process.env.ISOLATION_SECONDS ?? 20);
const rounds = Number(process.env.ISOLATION_ROUNDS ?? 3);
/** Text mails a second: about a fifth of what the gateway can do, so that its own load is not what is measured. */
const textRate = 100;
const bombSessions = 4;

/** What the loading process tells at its end. */
interface Sent {
  texts: number;
  bombs: number;
  failed: number;
  /** Of text mails, ms. */
  latencies: number[];
}

interface Figures {
  /** Delay of the loop without the time in which the thread could run and had no core, p99.9, ms. */
  ownDelay: number;
  delays: { p50: number; p99: number; p999: number; max: number };
  sent: Sent;
  rssPeak: number;
}

/** The SMTP thread is this one: its delays with text mail alone, and with bombs beside it, in turn. */
export async function isolation(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const [smtp, nextHop, sps] = [await freePort(), await freePort(), await freePort()];
  const environment = gatewayEnvironment({ smtp, nextHop, sps }, join(folder, 'state'), join(folder, 'sps'));
  const server = await start(['bin/sekisho', 'sps'], sps, { ...environment, SEKISHO_SPS_LISTEN: `127.0.0.1:${sps}` });
  const sink = await startSink(nextHop);
  const settings = await loadSettings({ environment, cwd: folder });
  const gateway = await startGateway(settings, createTerminalLog({ level: 'error', format: 'json' }));
  await measure(smtp, 5, 0);
  const measured: [string, Figures][] = [];
  for (let round = 0; round < rounds; round++) {
    measured.push(['text alone', await measure(smtp, seconds, 0)]);
    measured.push(['with bombs', await measure(smtp, seconds, bombSessions)]);
  }
  await gateway.stop();
  await Promise.all([stop(sink), stop(server)]);
  await rm(folder, { recursive: true, force: true });
  return table(measured);
}

async function measure(smtp: number, forSeconds: number, sessions: number): Promise<Figures> {
  const loading = fork(new URL(import.meta.url), [String(smtp), String(forSeconds), String(sessions)]);
  await once(loading, 'message');
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  const memory = peakOf();
  const own = ownDelays();
  const sent = await toldBy(loading);
  const ownDelay = percentile(own.stop(), 99.9);
  histogram.disable();
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  const at = (percent: number) => ms(histogram.percentile(percent));
  const delays = { p50: at(50), p99: at(99), p999: at(99.9), max: ms(histogram.max) };
  return { delays, ownDelay, sent, rssPeak: memory.stop() };
}

async function toldBy(loading: ChildProcess): Promise<Sent> {
  const [sent] = await once(loading, 'message');
  return sent;
}

/** What of each delay is ours: the kernel says how long the thread has waited for a core that others had. */
function ownDelays(): { stop(): number[] } {
  const waited = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  const delays: number[] = [];
  let [time, wait] = [performance.now(), waited()];
  const timer = setInterval(() => {
    const [now, waitNow] = [performance.now(), waited()];
    delays.push(Math.max(0, now - time - (waitNow - wait)));
    [time, wait] = [now, waitNow];
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return delays;
    },
  };
}

function peakOf(): { stop(): number } {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

function table(measured: readonly [string, Figures][]): string {
  const row = (kind: string) => {
    const all = measured.flatMap(([name, figures]) => (name === kind ? figures : []));
    const of = (value: (figures: Figures) => number, digits = 1) => median(all.map(value)).toFixed(digits);
    return [
      kind,
      ...[of(({ delays }) => delays.p50), of(({ delays }) => delays.p99), of(({ delays }) => delays.p999)],
      Math.max(...all.map(({ delays }) => delays.max)).toFixed(0),
      of(({ ownDelay }) => ownDelay),
      of(({ sent }) => percentile(sent.latencies, 50)),
      of(({ sent }) => percentile(sent.latencies, 99)),
      of(({ sent }) => sent.texts, 0),
      of(({ sent }) => sent.bombs, 0),
      all.reduce((sum, { sent }) => sum + sent.failed, 0),
      (Math.max(...all.map(({ rssPeak }) => rssPeak)) / 1e6).toFixed(0),
    ];
  };
  const lines = ['text alone', 'with bombs'].map((kind) => `| ${row(kind).join(' | ')} |`);
  return [
    `${textRate} text mails of 4 KB a second, ${bombSessions} sessions with bombs without a break, ${rounds} rounds of ${seconds} s in turn; medians, and the worst of all rounds.`,
    'Delay of the event loop of the SMTP thread, ms, timer of 1 ms included; what of it is not waiting for a core (p99.9); latency from connect to the end of a text mail, ms.',
    '',
    `Bombs: ${Object.keys(bombs).join('; ')}.`,
    '',
    '| load | delay p50 | p99 | p99.9 | worst | own p99.9 | latency p50 | p99 | texts | bombs | refused | RSS MB |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

// Forked: the client, which must not disturb what is measured.
const [port, forSeconds, sessions] = process.argv.slice(2).map(Number);
if (process.send && port && forSeconds) {
  const wires = Object.values(bombs).map((make) => Buffer.concat([make(), Buffer.from('\r\n.\r\n')]));
  const sent: Sent = { texts: 0, bombs: 0, failed: 0, latencies: [] };
  process.send('ready');
  const end = performance.now() + forSeconds * 1000;
  const failed = (error: unknown) => {
    console.error(error);
    sent.failed++;
  };
  const sendText = async () => {
    const began = performance.now();
    await sendOne(port, wireMail(sent.texts++)).catch(failed);
    sent.latencies.push(performance.now() - began);
  };
  const sendBombs = async (first: number) => {
    for (let next = first; performance.now() < end; next++) {
      await sendOne(port, wires[next % wires.length] ?? Buffer.alloc(0)).catch(failed);
      sent.bombs++;
    }
  };
  const all = Array.from({ length: sessions ?? 0 }, (_, first) => sendBombs(first));
  while (performance.now() < end) {
    all.push(sendText());
    await sleep(1000 / textRate);
  }
  await Promise.all(all);
  process.send(sent);
  process.disconnect();
}
