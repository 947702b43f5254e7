import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Signature } from './signature-line.ts';

/**
 * A signature on its way into the store. Every one goes into the conventional pattern, and a SHA-256 into the smart
 * scan pattern and the query filter, too.
 */
export interface NewSignature extends Signature {
  /** Into the agent pattern as well. */
  agent: boolean;
}

/** How many signatures an import brought into each pattern that were not there before. */
export interface Added {
  smart: number;
  agent: number;
  conventional: number;
}

/** The store cannot be used; the message names the file and says what to do. */
export class StoreUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnusable';
  }
}

/** Another import is writing; trying again later helps. */
export class StoreBusy extends StoreUnusable {}

/** 'SPS1': marks the file as ours. */
const applicationId = 0x53505331;
const schemaVersion = 2;
/** SQLITE_BUSY, whatever its extension. */
const sqliteBusy = 5;
/** Length of a hash that the smart scan pattern takes. */
export const sha256Bytes = 32;
/** How long a second writer waits for the first, ms. */
const busyMs = 5000;

/*
 * `since` and `agent` are the import that brought the signature, and that put it into the agent pattern. A query is
 * answered from rows that are not newer than the published version: what is imported and not yet published cannot be
 * seen, so that the answers and the filter never disagree. Nothing but `agent` ever changes in a row.
 */
const schema = `
  CREATE TABLE signatures (
    hash BLOB PRIMARY KEY, size INTEGER, name TEXT NOT NULL, since INTEGER NOT NULL, agent INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE imports (
    version INTEGER PRIMARY KEY, time TEXT NOT NULL, file TEXT NOT NULL,
    smart INTEGER NOT NULL, agent INTEGER NOT NULL, conventional INTEGER NOT NULL
  );
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = 1;
`;

/* What local patterns have besides hashes: a sample by its SHA-256, with its line; a file of rules by its name, with its text. */
const schemaFrom1 = `
  CREATE TABLE pieces (
    kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, agent INTEGER NOT NULL, PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`;

/** Something of a local pattern that is no hash. */
export interface Piece {
  kind: 'sample' | 'rules';
  /** There is one of each kind and name; a later one takes its place. */
  name: string;
  content: string;
  /** In the agent pattern, too. */
  agent: boolean;
}

/** The signatures of a Smart Protection Server. One process may import while another answers. */
export interface Store {
  file: string;
  database: DatabaseSync;
  close(): void;
}

/** File of the store in an SPS folder. */
export function storeFile(folder: string): string {
  return join(folder, 'signatures.db');
}

/** Opens the store of a folder, or makes it, with these first signatures. Throws `StoreUnusable`. */
export function openStore(folder: string, first: () => readonly NewSignature[]): Store {
  const file = storeFile(folder);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(file, { timeout: busyMs });
    useWriteAheadLog(database);
    database.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;');
    prepareSchema(database, first);
  } catch (error) {
    database?.close();
    throw error instanceof StoreUnusable ? error : unusable(file, error);
  }
  const opened = database;
  return { file, database: opened, close: () => opened.close() };
}

/** The first change to WAL fails at once when another process does the same: SQLite does not wait there. */
function useWriteAheadLog(database: DatabaseSync): void {
  const deadlineMs = Date.now() + busyMs;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = ((error as { errcode?: number }).errcode ?? 0) % 256 === sqliteBusy;
      if (!isBusy || Date.now() > deadlineMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function prepareSchema(database: DatabaseSync, first: () => readonly NewSignature[]): void {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const isOurs = () => pragma('application_id') === applicationId;
  if (!isOurs()) {
    database.exec('BEGIN IMMEDIATE');
    // Two processes may start at once: the second finds the work done.
    if (isOurs()) database.exec('ROLLBACK');
    else if (pragma('schema_version') !== 0) throw new Error('it is the database of another program');
    else {
      database.exec(schema + schemaFrom1);
      addAll(database, 'starter set', (add) => {
        for (const signature of first()) add.signature(signature);
      });
      database.exec('COMMIT');
    }
  }
  if (pragma('user_version') === 1) {
    database.exec('BEGIN IMMEDIATE');
    if (pragma('user_version') === 1) database.exec(schemaFrom1);
    database.exec('COMMIT');
  }
  const found = pragma('user_version');
  if (found !== schemaVersion) throw new Error(`its schema version is ${found}, this program knows ${schemaVersion}`);
}

/** Adds signatures as one import. What is there already keeps its name. Throws `StoreUnusable`. */
export function addSignatures(store: Store, file: string, signatures: Iterable<NewSignature>): Added {
  return addImport(store, file, (add) => {
    for (const signature of signatures) add.signature(signature);
  });
}

/** What an import adds. */
export interface Adding {
  signature(signature: NewSignature): void;
  piece(piece: Piece): void;
}

/** One import, in one transaction: all or, after a crash or an error, nothing. Nothing new makes no new version. Throws `StoreUnusable`. */
export function addImport(store: Store, file: string, work: (add: Adding) => void): Added {
  const { database } = store;
  try {
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    throw new StoreBusy(`${store.file} is being written by another import; try again when it has ended`, {
      cause: error,
    });
  }
  try {
    const added = addAll(database, file, work);
    database.exec('COMMIT');
    return added;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw isSqliteError(error) ? unusable(store.file, error) : error;
  }
}

function addAll(database: DatabaseSync, file: string, work: (add: Adding) => void): Added {
  const version = newestImport(database) + 1;
  const added = { smart: 0, agent: 0, conventional: 0 };
  work({ signature: signatureAdder(database, version, added), piece: pieceAdder(database, added) });
  if (added.conventional + added.agent > 0) {
    database
      .prepare('INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?)')
      .run(version, new Date().toISOString(), file, added.smart, added.agent, added.conventional);
  }
  return added;
}

function signatureAdder(database: DatabaseSync, version: number, added: Added): Adding['signature'] {
  const insert = database.prepare('INSERT INTO signatures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const toAgent = database.prepare('UPDATE signatures SET agent = ? WHERE hash = ? AND agent IS NULL');
  return ({ hash, size, name, agent }) => {
    const isNew = insert.run(hash, size ?? null, name, version, agent ? version : null).changes === 1;
    if (isNew) added.conventional++;
    if (isNew && hash.length === sha256Bytes) added.smart++;
    if (agent && (isNew || toAgent.run(version, hash).changes === 1)) added.agent++;
  };
}

/** What has become another counts as new. In the agent pattern a piece stays. */
function pieceAdder(database: DatabaseSync, added: Added): Adding['piece'] {
  const find = database.prepare('SELECT content, agent FROM pieces WHERE kind = ? AND name = ?');
  const put = database.prepare('INSERT OR REPLACE INTO pieces VALUES (?, ?, ?, ?)');
  return ({ kind, name, content, agent }) => {
    const before = find.get(kind, name);
    const wasAgent = before?.agent === 1;
    const isOther = before?.content !== content;
    if (isOther) added.conventional++;
    if ((isOther && (agent || wasAgent)) || (agent && !wasAgent)) added.agent++;
    put.run(kind, name, content, agent || wasAgent ? 1 : 0);
  };
}

/** Pieces of a local pattern, by name. */
export function pieces(database: DatabaseSync, kind: Piece['kind'], pattern: 'agent' | 'conventional'): Piece[] {
  const isMember = pattern === 'agent' ? 'agent = 1' : 'true';
  return database
    .prepare(`SELECT name, content, agent FROM pieces WHERE kind = ? AND ${isMember} ORDER BY name`)
    .all(kind)
    .map(({ name, content, agent }) => ({
      ...{ kind, name: String(name), content: String(content), agent: agent === 1 },
    }));
}

/** Version of the newest import; 0 before the first. */
export function newestImport(database: DatabaseSync): number {
  return Number(database.prepare('SELECT max(version) AS version FROM imports').get()?.version ?? 0);
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function unusable(file: string, error: unknown): StoreUnusable {
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreUnusable(
    `cannot use the store ${file}: ${reason}. If it is damaged, move it away and import the signatures again`,
    { cause: error },
  );
}
