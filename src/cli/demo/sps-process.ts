import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { untilListening } from '../until-listening.ts';
import { Different } from './different.ts';

/** How to run another command of this program: in this folder, with this environment and nothing else. */
export interface Surroundings {
  cwd: string;
  environment: Readonly<Record<string, string>>;
}

/** The Smart Protection Server of the demo, in a process of its own, so that it can be stopped like a real one. */
export interface SpsProcess {
  pid: number | undefined;
  /** Stops it as a service manager would; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Stops it at once. */
  kill(): void;
}

function run(command: readonly string[], { cwd, environment }: Surroundings): ChildProcess {
  const script = process.argv[1] as string;
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...command], {
    cwd,
    env: environment,
    stdio: 'ignore',
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Resolves when it accepts connections on the port. Throws when it cannot start. */
export async function startSpsProcess(port: number, surroundings: Surroundings): Promise<SpsProcess> {
  const child = run(['sps'], surroundings);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
  };
  try {
    await untilListening({ host: '127.0.0.1', port }, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid, stop, kill: () => child.kill('SIGKILL') };
}

/** `sekisho sps import FILE`. */
export async function importSignatures(file: string, surroundings: Surroundings): Promise<void> {
  const child = run(['sps', 'import', file], surroundings);
  await ended(child);
  if (child.exitCode !== 0) throw new Different('the import to succeed', `it ended with ${child.exitCode}`);
}

/** A port that nobody uses now. The server needs the same one again after its restart, so 0 will not do. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
  return promise;
}
