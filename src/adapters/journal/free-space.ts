import { statfsSync } from 'node:fs';
import { primaryCode, SQLITE_FULL, SQLITE_IOERR } from './sqlite-error.ts';

/** Asking the file system for each commit would cost more than it tells. */
const CHECK_INTERVAL_MS = 200;

/** Bytes free for this process on the folder's file system. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Answers whether there is room, asking the file system only now and then. */
export function createFreeSpaceCheck(folder: string, freeBytesMin: number): () => boolean {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let hasRoom = true;
  return () => {
    const nowMs = performance.now();
    // While there is no room each call asks: recovery should not wait.
    if (hasRoom && nowMs - askedAtMs < CHECK_INTERVAL_MS) return true;
    askedAtMs = nowMs;
    hasRoom = freeBytes(folder) >= freeBytesMin;
    return hasRoom;
  };
}

/** Whether a failed write was for want of space. SQLite says "I/O error" for some of these, so the file system is asked. */
export function isForWantOfSpace(error: unknown, folder: string, freeBytesMin: number): boolean {
  const code = primaryCode(error);
  if (code === SQLITE_FULL) return true;
  if (code !== SQLITE_IOERR) return false;
  try {
    return freeBytes(folder) < Math.max(freeBytesMin, 1_048_576);
  } catch {
    return false;
  }
}
