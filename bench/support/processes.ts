import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A free port below the ephemeral range, so that no client takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Starts a program and waits until its port accepts connections. */
export async function start(
  command: readonly [string, ...string[]],
  port: number,
  environment: Record<string, string> = {},
): Promise<ChildProcess> {
  const [program, ...argv] = command;
  const child = spawn(program, argv, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.add(child);
  for (let tries = 0; !(await accepts(port)); tries++) {
    if (child.exitCode !== null || tries > 300) throw new Error(`${command.join(' ')} did not listen on ${port}`);
    await sleep(100);
  }
  return child;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

export async function stop(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Settings, as the environment gives them, of a gateway that benches load. */
export function gatewayEnvironment(
  ports: { smtp: number; nextHop: number; sps: number },
  folder: string,
  spsFolder: string,
) {
  return {
    SEKISHO_SMTP_LISTEN: `127.0.0.1:${ports.smtp}`,
    SEKISHO_NEXT_HOP_URL: `smtp://127.0.0.1:${ports.nextHop}`,
    SEKISHO_STATE_FOLDER: folder,
    SEKISHO_SPS_FOLDER: spsFolder,
    SEKISHO_SMART_SCAN_SERVERS: `https://127.0.0.1:${ports.sps}`,
  };
}

/** Postfix's smtp-sink as the next hop: takes everything at once. */
export function startSink(port: number): Promise<ChildProcess> {
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  return start(['smtp-sink', ...user, `127.0.0.1:${port}`, '1024'], port);
}
