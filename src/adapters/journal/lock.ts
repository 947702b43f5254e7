import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalFolderUnusable, JournalLocked } from './errors.ts';
import { primaryCode, SQLITE_BUSY } from './sqlite-error.ts';

/** Held until released or until the process ends. */
export interface FolderLock {
  release(): void;
}

/**
 * Keeps every other writer out of a folder, in this process too, until released.
 * SQLite's own file lock is used because it ends with the process, however that dies: no stale lock files.
 * @throws {JournalLocked} when someone else has it.
 * @throws {JournalFolderUnusable} when the lock file cannot be made.
 */
export function lockFolder(folder: string): FolderLock {
  let held: DatabaseSync | undefined;
  try {
    held = new DatabaseSync(join(folder, 'journal.lock'), { timeout: 0 });
    held.exec('BEGIN EXCLUSIVE');
    const lock = held;
    return { release: () => lock.close() };
  } catch (error) {
    held?.close();
    if (primaryCode(error) === SQLITE_BUSY) throw new JournalLocked(folder, { cause: error });
    throw new JournalFolderUnusable(folder, error);
  }
}
