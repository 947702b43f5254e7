import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { usedBytesOf } from './used-bytes.ts';

/** Rows deleted in one transaction at most: a commit that also deletes must stay short. */
const ROWS_PER_PASS_MAX = 32;

const DAY_MS = 86_400_000;

interface Oldest {
  last: number;
  first: number;
  time_ms: number;
}

/** Deletes the oldest events that no named reader still needs. All calls belong inside a transaction of the caller. */
export class Retention {
  /** Bytes of the file that hold data. */
  readonly usedBytes: () => number;
  readonly #limits: { bytesMax: number; daysMax: number };
  readonly #db: DatabaseSync;
  readonly #oldest: StatementSync;
  readonly #floor: StatementSync;
  readonly #deleteBatch: StatementSync;

  constructor(db: DatabaseSync, limits: { bytesMax: number; daysMax: number }) {
    this.#limits = limits;
    this.#db = db;
    this.usedBytes = usedBytesOf(db);
    this.#oldest = db.prepare('SELECT first, first + count - 1 AS last, time_ms FROM batches ORDER BY first LIMIT 1');
    this.#floor = db.prepare('SELECT min(sequence) AS floor FROM readers');
    this.#deleteBatch = db.prepare('DELETE FROM batches WHERE first = ?');
  }

  isFull(): boolean {
    return this.usedBytes() >= this.#limits.bytesMax;
  }

  /** Whether a pass would delete something. */
  isDue(nowMs: number): boolean {
    return this.#deletable(nowMs, this.#confirmedByAll()) !== undefined;
  }

  /** Deletes a bounded number of rows. */
  pass(nowMs: number): void {
    const floor = this.#confirmedByAll();
    let deletedTo = 0;
    for (let rows = 0; rows < ROWS_PER_PASS_MAX; rows++) {
      const row = this.#deletable(nowMs, floor);
      if (row === undefined) break;
      this.#deleteBatch.run(row.first);
      deletedTo = row.last;
    }
    if (deletedTo === 0) return;
    this.#db.prepare('UPDATE retention SET deleted_to = ?').run(deletedTo);
    this.#db.prepare('DELETE FROM latest WHERE sequence <= ?').run(deletedTo);
  }

  #deletable(nowMs: number, floor: number): Oldest | undefined {
    const row = this.#oldest.get() as unknown as Oldest | undefined;
    if (row === undefined || row.last > floor) return undefined;
    const isOld = row.time_ms < nowMs - this.#limits.daysMax * DAY_MS;
    // A sixteenth is kept free, so that a journal at its limit does not stand on the edge of `full`.
    return isOld || this.usedBytes() > (this.#limits.bytesMax / 16) * 15 ? row : undefined;
  }

  /** What every named reader has handled; everything when there is none. */
  #confirmedByAll(): number {
    return Number(this.#floor.get()?.floor ?? Number.MAX_SAFE_INTEGER);
  }
}
