import { setImmediate as nextTurn } from 'node:timers/promises';
import { JournalGap, type ReadRange } from '../../actors/ports/journal.ts';
import type { Envelope, Recorded } from '../../events/envelope.ts';
import type { Batch, Batches } from './batches.ts';

/** One reading in order: each `pass` goes on where the last one ended. */
export class Scan {
  readonly #batches: Batches;
  readonly #range: ReadRange;
  readonly #typeTexts: readonly string[] | undefined;
  /** Everything up to here was yielded or passed over. */
  #after: number;
  #left: number;
  /** With `after` 0, or a time, the first event that is there is the first one wanted. */
  #mayJump: boolean;

  /** @throws {RangeError} for an `after` that is no sequence, or a broken `limit`. */
  constructor(batches: Batches, range: ReadRange) {
    const { after, limit, sinceMs } = range;
    if (!Number.isSafeInteger(after) || after < 0) throw new RangeError(`after must be 0 or a sequence, not ${after}`);
    if (limit !== undefined && !(limit >= 0)) throw new RangeError(`limit must be 0 or more, not ${limit}`);
    this.#batches = batches;
    this.#range = range;
    this.#typeTexts = range.types?.map((type) => `"type":${JSON.stringify(type)}`);
    this.#after = after;
    this.#left = limit ?? Number.POSITIVE_INFINITY;
    this.#mayJump = after === 0 || sinceMs !== undefined;
  }

  /** Sequence of the last event that was yielded or passed over. */
  get position(): number {
    return this.#after;
  }

  /** Whether the limit is reached. */
  get isDone(): boolean {
    return this.#left <= 0;
  }

  /**
   * Yields what is durable now and not yet passed.
   * @throws {JournalGap | JournalDamaged}
   */
  async *pass(): AsyncGenerator<Recorded> {
    const head = this.#batches.head();
    if (this.#mayJump && head > this.#after) this.#jump(head);
    while (this.#after < head && !this.isDone) {
      const batch = this.#batches.holding(this.#after + 1);
      if (batch === undefined) throw new JournalGap(this.#after + 1, this.#batches.firstAfter(this.#after));
      for (const recorded of this.#wanted(batch)) {
        this.#left -= 1;
        yield recorded;
        if (this.isDone) return;
      }
      // Reading a batch blocks this thread: between two of them other work gets its turn.
      await nextTurn();
    }
  }

  /** Retention may have deleted the beginning; a time may lie far behind it. */
  #jump(head: number): void {
    const { sinceMs } = this.#range;
    const found = sinceMs === undefined ? this.#batches.firstAfter(0) : this.#batches.firstSince(sinceMs);
    // Nothing found: all of it was deleted or is older.
    this.#after = Math.max(this.#after, (found ?? head + 1) - 1);
    this.#mayJump = false;
  }

  *#wanted(batch: Batch): Generator<Recorded> {
    const lines = this.#batches.lines(batch);
    for (let index = this.#after + 1 - batch.first; index < lines.length; index++) {
      const line = lines[index] ?? '';
      this.#after = batch.first + index;
      // A look at the text first: parsing is what reading costs.
      if (this.#typeTexts !== undefined && !this.#typeTexts.some((text) => line.includes(text))) continue;
      const event = this.#batches.parse(batch, line);
      if (this.#isWanted(event)) yield { sequence: this.#after, event };
    }
  }

  #isWanted(event: Envelope): boolean {
    const { types, sinceMs } = this.#range;
    if (types !== undefined && !types.includes(event.type)) return false;
    return sinceMs === undefined || Date.parse(event.time) >= sinceMs;
  }
}
