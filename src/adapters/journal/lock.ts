import { join } from 'node:path';
import { JournalFolderUnusable, JournalLocked } from './errors.ts';
import { type FileLock, tryLockFile } from './file-lock.ts';

/**
 * Keeps every other writer out of a folder until released.
 * @throws {JournalLocked} when someone else has it.
 * @throws {JournalFolderUnusable} when the lock file cannot be made.
 */
export function lockFolder(folder: string): FileLock {
  let lock: FileLock | undefined;
  try {
    lock = tryLockFile(join(folder, 'journal.lock'));
  } catch (error) {
    throw new JournalFolderUnusable(folder, error);
  }
  if (lock === undefined) throw new JournalLocked(folder);
  return lock;
}
