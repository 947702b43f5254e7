import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FileLock, tryLockFile } from '../journal/file-lock.ts';
import { isDamage } from './damage.ts';
import { ViewFileUnusable } from './view-file.ts';

/**
 * Makes the caller the one who keeps all views of a folder up to date, until released; undefined when somebody else does.
 * @throws {ViewFileUnusable} when the lock file cannot be made.
 */
export function tryRunnerLock(folder: string): FileLock | undefined {
  const file = join(folder, 'projections.lock');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    return tryLockFile(file);
  } catch (error) {
    if (!isDamage(error)) throw new ViewFileUnusable(file, error);
    // There is nothing in it; and nobody holds it, else it would have been busy.
    rmSync(file, { force: true });
    return tryLockFile(file);
  }
}
