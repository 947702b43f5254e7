import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };

/** Why there can be no Unbound here, and what to do about it; undefined when it can. */
export function unboundMissing(): string | undefined {
  if (spawnSync('unbound', ['-V'], { env: environment }).status === 0) return undefined;
  return 'Unbound is missing: apt-get install -y --no-install-recommends unbound';
}

/** A resolver that others made, on loopback, which knows what it is told and asks nobody. */
export interface Unbound {
  /** `127.0.0.1:port`. */
  address: string;
  stop(): Promise<void>;
}

/** @param lines of its `server:` section, e.g. `local-zone: "example." static` */
export async function startUnbound(lines: readonly string[]): Promise<Unbound> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-unbound-'));
  const port = await freePort();
  const settings = [
    ...['server:', 'verbosity: 0', 'use-syslog: no', 'logfile: ""', 'chroot: ""', 'username: ""', 'do-ip6: no'],
    ...[`directory: "${folder}"`, `pidfile: "${join(folder, 'pid')}"`, 'interface: 127.0.0.1', `port: ${port}`],
    ...['access-control: 127.0.0.0/8 allow', 'module-config: "iterator"', 'do-not-query-localhost: yes', ...lines],
    ...['remote-control:', 'control-enable: no'],
  ];
  writeFileSync(join(folder, 'unbound.conf'), `${settings.join('\n')}\n`);
  const child: ChildProcess = spawn('unbound', ['-d', '-p', '-c', join(folder, 'unbound.conf')], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8');
  for await (const text of child.stderr ?? []) {
    log += text;
    if (log.includes('start of service')) break;
  }
  if (!log.includes('start of service')) throw new Error(`Unbound does not start: ${log}`);
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
