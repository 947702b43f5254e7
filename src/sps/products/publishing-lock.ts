import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const retryMs = 100;

/**
 * Does something that only one process may do to the published files of a folder at a time; the system lets go of the lock of one that died.
 * Undefined when another has it for longer than `waitMs`.
 */
export async function withPublishingLock<Result>(
  folder: string,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const lock = new DatabaseSync(join(folder, 'publishing.lock'), { timeout: 0 });
  try {
    for (let waited = 0; !isTaken(lock); waited += retryMs) {
      if (waited >= waitMs) return undefined;
      await delay(retryMs);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function isTaken(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false;
    throw error;
  }
}

const sqliteBusy = 5;
