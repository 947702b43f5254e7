import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadSettings } from '../src/adapters/settings/load-settings.ts';
import { createTerminalLog } from '../src/adapters/terminal-log/terminal-log.ts';
import { startGateway } from '../src/wiring/gateway.ts';
import { load } from './support/load.ts';
import { freePort, gatewayEnvironment, start, startSink, stop } from './support/processes.ts';

const messages = Number(process.env.HEAP_MESSAGES ?? 100_000);
const steps = 10;

/** Heap of a gateway over many messages, after a full collection at each step: it must not grow with their number. */
export async function heap(): Promise<string> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const [smtp, nextHop, sps] = [await freePort(), await freePort(), await freePort()];
  const environment = gatewayEnvironment({ smtp, nextHop, sps }, join(folder, 'state'), join(folder, 'sps'));
  const server = await start(['bin/sekisho', 'sps'], sps, { ...environment, SEKISHO_SPS_LISTEN: `127.0.0.1:${sps}` });
  const sink = await startSink(nextHop);
  const settings = await loadSettings({ environment, cwd: folder });
  const gateway = await startGateway(settings, createTerminalLog({ level: 'error', format: 'json' }));
  const lines = ['| messages | heap used after a full collection, MB | resident, MB |', '|---|---|---|'];
  for (let step = 0; step <= steps; step++) {
    const client = fork(new URL(import.meta.url), [String(smtp), String(step === 0 ? 5000 : messages / steps)]);
    await once(client, 'exit');
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    lines.push(`| ${5000 + (step * messages) / steps} | ${(heapUsed / 1e6).toFixed(1)} | ${(rss / 1e6).toFixed(0)} |`);
  }
  await gateway.stop();
  await Promise.all([stop(sink), stop(server)]);
  await rm(folder, { recursive: true, force: true });
  return lines.join('\n');
}

// Forked: the client, so that its own memory is not counted.
if (process.send && process.argv[2]) {
  await load(Number(process.argv[2]), 20, Number(process.argv[3]));
  process.disconnect();
}
