import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NewSignature } from './new-signature.ts';
import { prepareSchema } from './schema.ts';

/** The store cannot be used; the message names the file and says what to do. */
export class StoreUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnusable';
  }
}

/** Somebody else is writing; trying again later helps. */
export class StoreBusy extends StoreUnusable {}

/** How long a second writer waits for the first, ms. */
const busyMs = 5000;
/** SQLITE_BUSY, whatever its extension. */
const sqliteBusy = 5;

/**
 * What a Smart Protection Server knows: a database with sources, overrides and pieces of patterns, and beside it a folder with
 * the entries of each source, as sorted files. Several processes may use it at once.
 */
export interface Store {
  file: string;
  /** Folder of the files of entries. */
  entriesFolder: string;
  database: DatabaseSync;
  close(): void;
}

/** File of the store in an SPS folder. */
export function storeFile(folder: string): string {
  return join(folder, 'signatures.db');
}

/** Folder of the files of entries in an SPS folder. */
export function entriesFolderOf(folder: string): string {
  return join(folder, 'entries');
}

/** Opens the store of a folder, or makes it, with these first signatures. Throws `StoreUnusable`. */
export function openStore(folder: string, first: () => readonly NewSignature[]): Store {
  const file = storeFile(folder);
  const entriesFolder = entriesFolderOf(folder);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(entriesFolder, { recursive: true });
    database = new DatabaseSync(file, { timeout: busyMs });
    useWriteAheadLog(database);
    database.exec('PRAGMA synchronous = FULL');
    prepareSchema(database, entriesFolder, first);
  } catch (error) {
    database?.close();
    throw error instanceof StoreUnusable ? error : unusable(file, error);
  }
  const opened = database;
  return { file, entriesFolder, database: opened, close: () => opened.close() };
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

/**
 * Changes the database in one transaction: all or, after a crash or an error, nothing. Throws `StoreBusy` while somebody
 * else does, `StoreUnusable`, what `work` throws.
 */
export function changeStore<Result>({ database, file }: Store, work: (database: DatabaseSync) => Result): Result {
  try {
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    throw new StoreBusy(`${file} is being written by another import; try again when it has ended`, { cause: error });
  }
  try {
    const result = work(database);
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw isSqliteError(error) ? unusable(file, error) : error;
  }
}

/** Number of the newest change that products could show; 0 before the first. */
export function newestChange(database: DatabaseSync): number {
  return Number(database.prepare('SELECT max(number) AS number FROM changes').get()?.number ?? 0);
}

/** The newest change. */
export function lastChange(database: DatabaseSync): { number: number; time: string; what: string } | undefined {
  const row = database.prepare('SELECT number, time, what FROM changes ORDER BY number DESC LIMIT 1').get();
  return row && { number: Number(row.number), time: String(row.time), what: String(row.what) };
}

/** Notes a change that products could show. Within a transaction. @param what for a person */
export function noteChange(database: DatabaseSync, what: string): void {
  database
    .prepare('INSERT INTO changes VALUES (?, ?, ?)')
    .run(newestChange(database) + 1, new Date().toISOString(), what);
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function unusable(file: string, error: unknown): StoreUnusable {
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreUnusable(
    `cannot use the store ${file}: ${reason}. If it is damaged, move it and the folder entries beside it away, and import anew`,
    { cause: error },
  );
}
