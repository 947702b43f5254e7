import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { isDamage, putAside, ViewDamaged } from './damage.ts';

/** Version of the schema below, kept in `user_version`. */
const SCHEMA_VERSION = 1;

/** How often it is looked whether a file is still in its place. */
const LOOK_MS = 500;

/** How long a connection waits for a transaction of another one. */
const BUSY_MS_MAX = 10_000;

// A generation is a whole view with its positions. `tables` says which tables it has: those of another version may differ.
const SCHEMA = `
  CREATE TABLE generations (number INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, source TEXT NOT NULL,
    tables TEXT NOT NULL, is_served INTEGER NOT NULL) STRICT;
  CREATE TABLE positions (generation INTEGER NOT NULL, stream TEXT NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (generation, stream)) STRICT, WITHOUT ROWID;
  CREATE TABLE counters (generation INTEGER NOT NULL, stream TEXT NOT NULL, prefix TEXT NOT NULL, counter INTEGER NOT NULL,
    PRIMARY KEY (generation, stream, prefix)) STRICT, WITHOUT ROWID;
  CREATE TABLE ids (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL, stream TEXT NOT NULL, id TEXT NOT NULL,
    UNIQUE (generation, stream, id)) STRICT;
  CREATE TABLE parked (number INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL, stream TEXT NOT NULL,
    offset INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, time_ms INTEGER NOT NULL, is_told INTEGER NOT NULL) STRICT;
  CREATE INDEX parked_place ON parked (generation, stream, offset);
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The folder of all views in a state folder. */
export function projectionsFolder(stateFolder: string): string {
  return join(stateFolder, 'projections');
}

/** The file of one view; SQLite adds `-wal` and `-shm`. It may be deleted at any time: the log rebuilds it. */
export function viewFile(folder: string, projection: string): string {
  return join(folder, `${projection}.db`);
}

/** The open file of a view. */
export class ViewFile {
  readonly path: string;
  readonly db: DatabaseSync;
  readonly #inode: number;

  /** @param inode of the file that `db` has open. */
  constructor(path: string, db: DatabaseSync, inode: number) {
    this.path = path;
    this.db = db;
    this.#inode = inode;
  }

  /** Whether the file still stands in its place: nobody has deleted it, or put it aside as damaged. */
  isThere(): boolean {
    return statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  /** @throws {ViewTaken} when what is written would be lost. */
  assertThere(): void {
    if (!this.isThere()) throw new ViewTaken(this.path);
  }

  /**
   * Runs work on the file.
   * @throws {ViewDamaged} when it showed that the file is damaged: it has been put aside
   */
  use<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw this.judged(error);
    }
  }

  /** The error, or what it means for the file; a damaged file is put aside by that. */
  judged(error: unknown): unknown {
    return isDamage(error) ? damaged(this.path, this.#inode, error) : error;
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
  }
}

function damaged(path: string, inode: number, cause: unknown): Error {
  try {
    return new ViewDamaged(path, putAside(path, inode, new Date()), cause);
  } catch (error) {
    return new ViewFileUnusable(path, error);
  }
}

/**
 * Opens the file of a view, and makes it when it is not there.
 * @throws {ViewDamaged} when it was damaged; the next opening makes a new one.
 * @throws {ViewFileUnusable}
 */
export function openViewFile(folder: string, projection: string): ViewFile {
  const path = viewFile(folder, projection);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    db = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
    prepare(db);
    return new ViewFile(path, db, statSync(path).ino);
  } catch (error) {
    const inode = isDamage(error) ? statSync(path, { throwIfNoEntry: false })?.ino : undefined;
    const told = inode === undefined ? new ViewFileUnusable(path, error) : damaged(path, inode, error);
    db?.close();
    throw told;
  }
}

/** Writes a view's file anew without its unused parts, where rows that are gone may still stand. @throws {ViewFileUnusable} */
export function compactViewFile(folder: string, projection: string): void {
  const file = openViewFile(folder, projection);
  try {
    file.use(() => file.db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
  } finally {
    file.close();
  }
}

/** Resolves when the file is not in its place any more, or the signal aborts. */
export async function untilTaken(file: ViewFile, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && file.isThere())
    await wait(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
}

function prepare(db: DatabaseSync): void {
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;' +
      // A rebuild touches pages of every index: they should be in memory, and not be copied into the file again and again.
      ' PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192;' +
      // Cells that do not fit their page are found when the page is read.
      ' PRAGMA cell_size_check = ON',
  );
  db.exec('BEGIN IMMEDIATE');
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version === 0) db.exec(SCHEMA);
  db.exec('COMMIT');
  if (version > SCHEMA_VERSION) throw new Error(`it has schema ${version}, this program knows ${SCHEMA_VERSION}`);
}

/** The file is not in its place any more: it was deleted, or another process found it damaged. Open the view again. */
export class ViewTaken extends Error {
  constructor(path: string) {
    super(`the file of the view ${path} was deleted, or put aside as damaged; the view is built anew from the log`);
    this.name = 'ViewTaken';
  }
}

/** The file cannot be used as it is. Nothing is lost with it. */
export class ViewFileUnusable extends Error {
  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`the view ${file} cannot be used (${reason}). It may be deleted: the log rebuilds it`, { cause });
    this.name = 'ViewFileUnusable';
  }
}
