import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ViewFileUnusable } from './view-file.ts';

/** Held until released or until the process ends, however that dies. */
export interface RunnerLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Makes the caller the one who keeps all views of a folder up to date; undefined when somebody else does.
 * @throws {ViewFileUnusable} when the lock file cannot be made.
 */
export function tryRunnerLock(folder: string): RunnerLock | undefined {
  const file = join(folder, 'projections.lock');
  let held: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    held = new DatabaseSync(file, { timeout: 0 });
    held.exec('BEGIN EXCLUSIVE');
    const lock = held;
    return { release: () => lock.close() };
  } catch (error) {
    held?.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined;
    throw new ViewFileUnusable(file, error);
  }
}
