import type { DatabaseSync } from 'node:sqlite';
import {
  GenerationGone,
  type Parked,
  type ViewStore,
  type ViewTransaction,
  type ViewWriter,
} from '../../projections/ports/view-store.ts';
import type { Projection } from '../../projections/projection.ts';
import { type Generation, prepareGeneration } from './generation.ts';
import { createTables, dropGeneration, type Tables } from './generation-tables.ts';
import { openViewReader } from './open-view-reader.ts';
import { positionsOf, servedGeneration, untoldOf } from './queries.ts';
import { inTransaction } from './transaction.ts';
import { openViewFile, untilTaken, type ViewFile } from './view-file.ts';

export interface ViewStoreOptions {
  /** Where the files of all views are; made when it is not there. */
  folder: string;
  projection: Projection;
  /** Name of the source that the view is made from: with another one it is rebuilt. */
  source: string;
}

/**
 * Opens the view of a projection for writing. Several processes may: each commit looks at the stored position.
 * @throws {ViewFileUnusable} {ViewDamaged}
 */
export function openViewStore({ folder, projection, source }: ViewStoreOptions): ViewStore {
  const file = openViewFile(folder, projection.name);
  const { db } = file;
  const reader = openViewReader(folder, projection.name);
  const origin = { projection, source, tables: JSON.stringify(projection.tables) };
  return {
    ...reader,
    served() {
      return file.use(() => {
        const found = servedGeneration(db);
        return found !== undefined && isOf(found, origin) ? new Writer(file, origin, found.number) : undefined;
      });
    },
    begin: (anew = false) => inTransaction(file, () => new Writer(file, origin, generationToFill(db, origin, anew))),
    taken: (signal) => untilTaken(file, signal),
    close() {
      reader.close();
      file.close();
    },
  };
}

/** What a generation is made by. */
interface Origin {
  projection: Projection;
  source: string;
  tables: string;
}

function isOf(
  found: { version: number; source: string; tables: string },
  { projection, source, tables }: Origin,
): boolean {
  return found.version === projection.version && found.source === source && found.tables === tables;
}

/** Number of the generation beside the served one: the one that was begun, or a new one. */
function generationToFill(db: DatabaseSync, origin: Origin, anew: boolean): number {
  const beside = db.prepare('SELECT * FROM generations WHERE is_served = 0').all() as unknown as (Origin & {
    number: number;
    version: number;
  })[];
  const begun = anew ? undefined : beside.find((each) => isOf(each, origin));
  if (begun !== undefined) return begun.number;
  for (const { number } of beside) dropGeneration(db, number);
  const isServed = servedGeneration(db) === undefined ? 1 : 0;
  const { lastInsertRowid } = db
    .prepare('INSERT INTO generations (version, source, tables, is_served) VALUES (?, ?, ?, ?)')
    .run(origin.projection.version, origin.source, origin.tables, isServed);
  createTables(db, Number(lastInsertRowid), origin.projection.tables);
  return Number(lastInsertRowid);
}

/** Writes one generation; the served one is followed when another process publishes a new one of the same origin. */
class Writer implements ViewWriter {
  readonly #file: ViewFile;
  readonly #db: DatabaseSync;
  readonly #origin: Origin;
  #generation: Generation;
  #wasServed: boolean;

  constructor(file: ViewFile, origin: Origin, number: number) {
    this.#file = file;
    this.#db = file.db;
    this.#origin = origin;
    this.#generation = this.#prepared(number);
    this.#wasServed = this.isServed();
  }

  isServed(): boolean {
    return this.#file.use(() => servedGeneration(this.#db)?.number === this.#generation.number);
  }

  positions(): ReadonlyMap<string, number> {
    return inTransaction(this.#file, () => positionsOf(this.#db, this.#current().number));
  }

  transact<Result>(work: (transaction: ViewTransaction) => Result): Result {
    return inTransaction(this.#file, () => {
      const { transaction, save } = this.#current().begin();
      const result = work(transaction);
      save();
      return result;
    });
  }

  publish(gone: ReadonlySet<string> = new Set()): boolean {
    return inTransaction(this.#file, () => {
      const { number } = this.#current();
      const old = servedGeneration(this.#db);
      if (old?.number === number) return true;
      if (old !== undefined && isOf(old, this.#origin) && this.#isBehind(number, old.number, gone)) return false;
      if (old !== undefined) dropGeneration(this.#db, old.number);
      this.#db.prepare('UPDATE generations SET is_served = 1 WHERE number = ?').run(number);
      this.#wasServed = true;
      return true;
    });
  }

  unannounced(): readonly Parked[] {
    return this.#file.use(() => untoldOf(this.#db, this.#generation.number));
  }

  announced(told: readonly Parked[]): void {
    const mark = this.#db.prepare('UPDATE parked SET is_told = 1 WHERE generation = ? AND stream = ? AND offset = ?');
    inTransaction(this.#file, () => {
      for (const { stream, offset } of told) mark.run(this.#generation.number, stream, offset);
    });
  }

  /**
   * The generation, if it is still there. Else, if it was served, the one that took its place: that had handled at least as
   * much when it was published, so what is delivered next follows without a gap.
   */
  #current(): Generation {
    const exists = this.#db.prepare('SELECT 1 FROM generations WHERE number = ?').get(this.#generation.number);
    if (exists !== undefined) return this.#generation;
    const served = servedGeneration(this.#db);
    if (!this.#wasServed || served === undefined || !isOf(served, this.#origin))
      throw new GenerationGone(this.#origin.projection.name);
    this.#generation = this.#prepared(served.number);
    return this.#generation;
  }

  #prepared(number: number): Generation {
    const tables = JSON.parse(this.#origin.tables) as Tables;
    return prepareGeneration(this.#db, number, tables);
  }

  #isBehind(number: number, old: number, gone: ReadonlySet<string>): boolean {
    const own = positionsOf(this.#db, number);
    return [...positionsOf(this.#db, old)].some(
      ([stream, offset]) => !gone.has(stream) && (own.get(stream) ?? -1) < offset,
    );
  }
}
