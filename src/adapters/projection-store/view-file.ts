import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Version of the schema below, kept in `user_version`. */
const SCHEMA_VERSION = 1;

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

/** The file of one view; SQLite adds `-wal` and `-shm`. It may be deleted while nothing runs: the log rebuilds it. */
export function viewFile(folder: string, projection: string): string {
  return join(folder, `${projection}.db`);
}

/**
 * Opens the file of a view, and makes it when it is not there.
 * @throws {ViewFileUnusable}
 */
export function openViewFile(folder: string, projection: string): DatabaseSync {
  const file = viewFile(folder, projection);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    db = new DatabaseSync(file, { timeout: BUSY_MS_MAX });
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;' +
        // A rebuild touches pages of every index: they should be in memory, and not be copied into the file again and again.
        ' PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192;',
    );
    db.exec('BEGIN IMMEDIATE');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) db.exec(SCHEMA);
    db.exec('COMMIT');
    if (version > SCHEMA_VERSION) throw new Error(`it has schema ${version}, this program knows ${SCHEMA_VERSION}`);
    return db;
  } catch (error) {
    db?.close();
    throw new ViewFileUnusable(file, error);
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
