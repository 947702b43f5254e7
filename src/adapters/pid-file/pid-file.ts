import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/durable-file.ts';

/** What a pid file says of its process. */
export type FoundProcess =
  | { state: 'running'; pid: number; addresses: readonly string[] }
  /** It ended without removing its file. */
  | { state: 'dead'; pid: number }
  | { state: 'none' };

const pathOf = (stateFolder: string) => join(stateFolder, 'gateway.pid');

/**
 * Says that this process is the gateway of a state folder.
 * @param addresses where SMTP listens
 * @returns takes the file away
 * @throws as the file system does
 */
export async function writePidFile(stateFolder: string, addresses: readonly string[]): Promise<() => Promise<void>> {
  const path = pathOf(stateFolder);
  const lines = [process.pid, (await startOf(process.pid)) ?? '', ...addresses].map((line) => `${line}\n`);
  await replaceFile(path, `${path}.${randomUUID()}.tmp`, [Buffer.from(lines.join(''))]);
  return () => rm(path, { force: true });
}

/** The gateway of a state folder. @throws as the file system does, for example when the folder is somebody else's */
export async function findProcess(stateFolder: string): Promise<FoundProcess> {
  const text = await readFile(pathOf(stateFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const [first = '', start = '', ...addresses] = text.split('\n');
  const pid = Number(first);
  if (!Number.isSafeInteger(pid) || pid <= 0) return { state: 'none' };
  if (!(await isAlive(pid, start))) return { state: 'dead', pid };
  return { state: 'running', pid, addresses: addresses.filter((line) => line !== '') };
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not permitted: it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const started = await startOf(pid);
  return started === undefined || start === '' || started === start;
}

/** When a process started, in clock ticks since the machine did (proc(5), `starttime`); undefined where /proc does not tell. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in parentheses, may hold spaces and parentheses.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
