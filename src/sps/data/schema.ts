import type { DatabaseSync } from 'node:sqlite';
import { entriesOf, firstEntries, oldEntries } from './first-entries.ts';
import type { NewSignature } from './new-signature.ts';

/** 'SPS1': marks the file as ours. */
const applicationId = 0x53505331;
const schemaVersion = 3;

/** Source of what comes with this program. */
export const starterSource = 'starter';
/** Source of what is imported without naming one, and of what was before there were sources. */
export const localSource = 'local';

/*
 * Entries are in files (entry-file.ts): `entry_files` names the current one of each source and algorithm, and how many of its entries
 * were last seen when. Each row of `changes` is one that products could show.
 */
const sourceTables = `
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, priority INTEGER NOT NULL,
    expires_days INTEGER, only_smart INTEGER NOT NULL, since INTEGER NOT NULL, updated INTEGER NOT NULL, info TEXT NOT NULL
  );
  CREATE TABLE entry_files (
    source INTEGER NOT NULL REFERENCES sources, algorithm TEXT NOT NULL, file TEXT NOT NULL,
    count INTEGER NOT NULL, bytes INTEGER NOT NULL, seen TEXT NOT NULL, PRIMARY KEY (source, algorithm)
  ) WITHOUT ROWID;
  CREATE TABLE overrides (
    hash BLOB PRIMARY KEY, reason TEXT NOT NULL, time INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE changes (number INTEGER PRIMARY KEY, time TEXT NOT NULL, what TEXT NOT NULL);
  INSERT INTO sources VALUES (1, '${starterSource}', 'malware', 1000, NULL, 0, unixepoch(), unixepoch(), '');
`;

/* What local patterns have besides hashes: a sample by its SHA-256, with its line; a file of rules by its name, with its text. */
const piecesTable = `
  CREATE TABLE pieces (
    kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, agent INTEGER NOT NULL, PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
`;

const marks = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`;

/** Makes the tables, or brings them to this version. Throws when that cannot be. */
export function prepareSchema(
  database: DatabaseSync,
  entriesFolder: string,
  first: () => readonly NewSignature[],
): void {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const isOurs = () => pragma('application_id') === applicationId;
  /** Two processes may start at once: the second finds the work done. */
  const once = (isToDo: () => boolean, work: () => void) => {
    if (!isToDo()) return false;
    database.exec('BEGIN IMMEDIATE');
    try {
      const isStillToDo = isToDo();
      if (isStillToDo) work();
      database.exec('COMMIT');
      return isStillToDo;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  };
  once(
    () => !isOurs(),
    () => {
      if (pragma('schema_version') !== 0) throw new Error('it is the database of another program');
      database.exec(sourceTables + piecesTable + marks);
      firstEntries(database, entriesFolder, entriesOf(first()));
    },
  );
  const isOld = () => pragma('user_version') === 1 || pragma('user_version') === 2;
  const isMigrated = once(isOld, () => {
    if (pragma('user_version') === 1) database.exec(piecesTable);
    database.exec(sourceTables);
    oldEntries(database, entriesFolder, entriesOf(first()));
    database.exec(marks);
  });
  if (isMigrated) database.exec('VACUUM');
  const found = pragma('user_version');
  if (found !== schemaVersion) throw new Error(`its schema version is ${found}, this program knows ${schemaVersion}`);
}
