import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalDamaged, JournalFolderUnusable, JournalMissing, JournalNewer } from './errors.ts';
import { primaryCode, SQLITE_CORRUPT, SQLITE_NOTADB } from './sqlite-error.ts';

/** Version of the schema below, kept in `user_version`. */
export const SCHEMA_VERSION = 1;

/** "SEKI": tells our files from any other SQLite file. */
const APPLICATION_ID = 0x53454b49;

/** How long a connection waits for another one's short lock (at open and recovery). */
const BUSY_MS_MAX = 5_000;

// `deleted_to` keeps the sequence when retention has deleted everything.
// The only index on `batches` is by time: one entry a commit, not one an event.
const SCHEMA = `
  CREATE TABLE batches (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, time_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX batches_time ON batches (time_ms);
  CREATE TABLE latest (lane TEXT NOT NULL, subject TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (lane, subject)) STRICT, WITHOUT ROWID;
  CREATE INDEX latest_sequence ON latest (sequence);
  CREATE TABLE readers (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE retention (deleted_to INTEGER NOT NULL) STRICT;
  INSERT INTO retention VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

// Since 0.3.0, and no other schema: older programs have no need of it, and go on with the same file.
const ERASURES = `
  CREATE TABLE IF NOT EXISTS erasures (id TEXT PRIMARY KEY, before_ms INTEGER, address TEXT,
    done_ms INTEGER NOT NULL, done INTEGER NOT NULL, until INTEGER, events INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** The one file that holds everything; SQLite adds `-wal` and `-shm`. */
export function journalFile(folder: string): string {
  return join(folder, 'journal.db');
}

/**
 * Makes the folder when it is not there, readable for its owner and group: events hold addresses.
 * @throws {JournalFolderUnusable}
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  } catch (error) {
    throw new JournalFolderUnusable(folder, error);
  }
}

/**
 * Opens the file for writing and makes it when it is not there; the folder must be.
 * @throws {JournalFolderUnusable | JournalDamaged | JournalNewer}
 */
export function openForWriting(folder: string): DatabaseSync {
  return opened(folder, false, (db) => {
    if (number(db, 'PRAGMA application_id') === 0 && number(db, 'SELECT count(*) FROM sqlite_schema') === 0) {
      db.exec(`PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    }
    // Where writing is not allowed SQLite opens for reading without a word.
    db.exec('BEGIN IMMEDIATE; ROLLBACK;');
    // Checkpoints have a thread of their own; the file left by a burst shrinks to 64 MiB again.
    db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;');
    // No old text stays in what is free on a page, as far as that costs no writing: what is erased shall be gone.
    db.exec('PRAGMA secure_delete = FAST');
  });
}

/**
 * Opens the file for reading only.
 * @throws {JournalMissing | JournalFolderUnusable | JournalDamaged | JournalNewer}
 */
export function openForReading(folder: string): DatabaseSync {
  if (!existsSync(journalFile(folder))) throw new JournalMissing(folder);
  return opened(folder, true, () => {});
}

/** Sequence of the last event that was ever written: 0 for a new journal, not lower after deletions. */
export function headOf(db: DatabaseSync): number {
  return number(
    db,
    'SELECT max(deleted_to, ifnull((SELECT first + count - 1 FROM batches ORDER BY first DESC LIMIT 1), 0)) FROM retention',
  );
}

function opened(folder: string, readOnly: boolean, prepare: (db: DatabaseSync) => void): DatabaseSync {
  const file = journalFile(folder);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly, timeout: BUSY_MS_MAX });
    prepare(db);
    verify(db, file);
    if (!readOnly) db.exec(ERASURES);
    return db;
  } catch (error) {
    db?.close();
    throw openError(folder, file, error);
  }
}

function verify(db: DatabaseSync, file: string): void {
  if (number(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new JournalDamaged(file, 'it is not a journal of this program');
  }
  const version = number(db, 'PRAGMA user_version');
  if (version > SCHEMA_VERSION) throw new JournalNewer(file, version, SCHEMA_VERSION);
  headOf(db);
  // A truncated file lacks its newest pages: touching the newest body finds that without reading the whole file.
  db.prepare('SELECT body FROM batches ORDER BY first DESC LIMIT 1').get();
}

function openError(folder: string, file: string, error: unknown): Error {
  if (error instanceof JournalDamaged || error instanceof JournalNewer) return error;
  const code = primaryCode(error);
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return new JournalDamaged(file, error);
  return new JournalFolderUnusable(folder, error);
}

function number(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0] ?? 0);
}
