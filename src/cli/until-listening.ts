import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the child accepts connections there. Throws when it ends first or takes more than 30 s. */
export async function untilListening(
  { host, port }: { host: string; port: number },
  child: ChildProcess,
): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the Smart Protection Server could not start (exit code ${child.exitCode})`);
    if (await accepts(host, port)) return;
    await sleep(100);
  }
  throw new Error(`the Smart Protection Server did not listen on ${host}:${port} within 30 s`);
}

function accepts(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, host, () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
