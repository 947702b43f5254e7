import { DatabaseSync } from 'node:sqlite';
import { primaryCode, SQLITE_BUSY } from './sqlite-error.ts';

/** Held until released or until the process ends, however that dies. */
export interface FileLock {
  release(): void;
}

/**
 * Locks by a file, which is made when it is not there, against everybody else, in this process too; undefined when somebody
 * else has it. SQLite's own lock is used because it ends with the process: no stale lock files.
 * @throws what SQLite throws when the file cannot be made.
 */
export function tryLockFile(file: string): FileLock | undefined {
  let held: DatabaseSync | undefined;
  try {
    held = new DatabaseSync(file, { timeout: 0 });
    held.exec('BEGIN EXCLUSIVE');
    const lock = held;
    return { release: () => lock.close() };
  } catch (error) {
    held?.close();
    if (primaryCode(error) === SQLITE_BUSY) return undefined;
    throw error;
  }
}
