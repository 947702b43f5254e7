import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, start, stop } from './support/processes.ts';

/**
 * Side by side with bare smtp-server that stores and forwards, and with whatever else PEERS names: the peers' harness in
 * BENCH_PEERS (default ../shared/bench-peers), set up once by its setup.sh. RUNS, SECONDS, MSGS, SESSIONS, PEERS go on to it.
 */
export async function peers(): Promise<string> {
  const harness = resolve(process.env.BENCH_PEERS ?? '../shared/bench-peers');
  if (!existsSync(join(harness, 'run.mjs'))) return `not run: no harness in ${harness}; BENCH_PEERS names its folder`;
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const port = await freePort();
  const sps = join(folder, 'sps');
  const environment = {
    SEKISHO_STATE_FOLDER: join(folder, 'x'),
    SEKISHO_SPS_FOLDER: sps,
    SEKISHO_SPS_LISTEN: `127.0.0.1:${port}`,
  };
  const server = await start(['bin/sekisho', 'sps'], port, environment);
  const command = [
    'SEKISHO_SMTP_LISTEN=127.0.0.1:$IN_PORT SEKISHO_NEXT_HOP_URL=smtp://127.0.0.1:$OUT_PORT SEKISHO_STATE_FOLDER=$STATE_DIR',
    `SEKISHO_SPS_FOLDER=${sps} SEKISHO_SMART_SCAN_SERVERS=https://127.0.0.1:${port} exec npx sekisho gateway`,
  ].join(' ');
  const child = spawn(process.execPath, [join(harness, 'run.mjs'), 'perf'], {
    env: {
      LOADER: 'unique',
      PEERS: 'node-forward-nodelay,gateway',
      PERSIST: '',
      ...process.env,
      OUT: folder,
      GATEWAY_CWD: process.cwd(),
      GATEWAY_CMD: command,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
  await stop(server);
  const table = await readFile(join(folder, 'perf.md'), 'utf8');
  await rm(folder, { recursive: true, force: true });
  return table;
}
