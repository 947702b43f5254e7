import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDamage, putAside } from '../projection-store/damage.ts';

/** Version of the schema below, kept in `user_version`. */
const schemaVersion = 1;

/** How long a connection waits for a transaction of another one. */
const busyMsMax = 10_000;

// `taken` holds digests of ids, as ids may hold addresses. `windows` and `deliveries` hold notifications as JSON.
const schema = `
  CREATE TABLE since (ms INTEGER NOT NULL) STRICT;
  CREATE TABLE taken (number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, time_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE windows (key TEXT PRIMARY KEY, began_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, digest TEXT,
    ways TEXT NOT NULL) STRICT;
  CREATE TABLE deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, notification TEXT NOT NULL, channel TEXT NOT NULL,
    target TEXT NOT NULL, refusal TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL, waited_ms INTEGER NOT NULL, said TEXT,
    added_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL) STRICT;
  CREATE INDEX deliveries_state ON deliveries (state, number);
  PRAGMA user_version = ${schemaVersion};
`;

/** The file of the outbox in a state folder. */
export function outboxFile(stateFolder: string): string {
  return join(stateFolder, 'notifications', 'outbox.db');
}

/** The outbox cannot be used as it is. */
export class OutboxUnusable extends Error {
  constructor(file: string, cause: unknown) {
    super(`the outbox of notifications ${file} cannot be used: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
    this.name = 'OutboxUnusable';
  }
}

/**
 * Opens the file, and makes it when it is not there.
 * @param sinceMs what a new outbox begins with, ms since 1970
 * @param onDamaged told when the file was damaged and a new one took its place: what waited in it is lost, and nothing is sent again
 * @throws {OutboxUnusable}
 */
export function openOutboxFile(file: string, sinceMs: number, onDamaged: (problem: string) => void): DatabaseSync {
  try {
    return opened(file, sinceMs);
  } catch (error) {
    if (!isDamage(error)) throw new OutboxUnusable(file, error);
    const aside = putAside(file, statSync(file).ino, new Date());
    onDamaged(`the outbox of notifications was damaged and is kept as ${aside}: what waited in it is not sent`);
    return opened(file, sinceMs);
  }
}

function opened(file: string, sinceMs: number): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  const db = new DatabaseSync(file, { timeout: busyMsMax });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version > schemaVersion) throw new Error(`it has schema ${version}, this program knows ${schemaVersion}`);
    if (version === 0) {
      db.exec(schema);
      db.prepare('INSERT INTO since VALUES (?)').run(sinceMs);
    }
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
