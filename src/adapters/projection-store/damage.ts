import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tryLockFile } from '../journal/file-lock.ts';
import { primaryCode, SQLITE_CORRUPT, SQLITE_NOTADB } from '../journal/sqlite-error.ts';

/** Damaged files of one view that are kept, the newest; somebody may want to see what became of them. */
const KEPT_MAX = 3;

/** SQLite's files of one database. */
const endings = ['', '-wal', '-shm'];

/** The file of a view was damaged, and is out of the way. Whoever opens the view now begins a new one, from the log. */
export class ViewDamaged extends Error {
  constructor(file: string, aside: string | undefined, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const place = aside === undefined ? 'another process has put it aside' : `it is kept as ${basename(aside)}`;
    super(`the view ${file} was damaged (${reason}); ${place}, and the view is built anew from the log`, { cause });
    this.name = 'ViewDamaged';
  }
}

/** Content of the file that this program would never have written. */
export class ContentDamaged extends Error {
  override readonly name = 'ContentDamaged';
}

/** Something that was written is not there any more, e.g. the end of the WAL (SQLITE_IOERR_SHORT_READ). */
const SHORT_READ = 522;

/** Whether an error says that the file does not hold what was written to it: no trouble with the disk, rights or locks. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB || error instanceof ContentDamaged) return true;
  if (code === undefined) return false;
  const { errcode, message } = error as Error & { errcode: number };
  // Names come from the file's own list of generations.
  return errcode === SHORT_READ || /no such (table|column)/.test(message);
}

/**
 * Renames a damaged file to `<file>.damaged-<time>`, with its companions, unless another process already did. Whoever still has it
 * open goes on with it until it looks (`ViewFile.assertThere`); SQLite touches no file that took the place.
 * @param inode of the file that was found damaged
 * @returns its new name; undefined when another process was first
 * @throws when it cannot be renamed
 */
export function putAside(file: string, inode: number, now: Date): string | undefined {
  const lock = tryLockFile(join(dirname(file), 'put-aside.lock'));
  if (lock === undefined) return undefined;
  try {
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return undefined;
    const aside = `${file}.damaged-${now.toISOString().replace(/[:.]/g, '-')}`;
    for (const ending of endings) {
      if (existsSync(file + ending)) renameSync(file + ending, aside + ending);
    }
    dropOld(file);
    return aside;
  } finally {
    lock.release();
  }
}

function dropOld(file: string): void {
  const beginning = `${basename(file)}.damaged-`;
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(beginning) && /Z$/.test(name));
  // The names sort by time.
  for (const name of names.sort().slice(0, -KEPT_MAX)) {
    for (const ending of endings) rmSync(join(dirname(file), name + ending), { force: true });
  }
}
