import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Envelope } from '../../events/envelope.ts';
import { headOf } from './database.ts';
import { JournalDamaged, reason } from './errors.ts';

/** The events of one commit (or a part of a large one). */
export interface Batch {
  first: number;
  count: number;
  /** One JSON document a line. */
  body: string;
}

/** What readers ask of the table of events. Each call is one short read transaction. */
export class Batches {
  readonly #db: DatabaseSync;
  readonly #atOrBefore: StatementSync;
  readonly #firstAfter: StatementSync;
  readonly #firstSince: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#atOrBefore = db.prepare(
      'SELECT first, count, body FROM batches WHERE first <= ? ORDER BY first DESC LIMIT 1',
    );
    this.#firstAfter = db.prepare('SELECT min(first) AS first FROM batches WHERE first > ?');
    this.#firstSince = db.prepare('SELECT min(first) AS first FROM batches WHERE time_ms >= ?');
  }

  /** Sequence of the last durable event. */
  head(): number {
    return headOf(this.#db);
  }

  /** The batch that holds an event. */
  holding(sequence: number): Batch | undefined {
    const batch = this.#atOrBefore.get(sequence) as Batch | undefined;
    return batch !== undefined && sequence < batch.first + batch.count ? batch : undefined;
  }

  /** Start of the first batch after a sequence. */
  firstAfter(sequence: number): number | undefined {
    return firstOf(this.#firstAfter.get(sequence));
  }

  /** Start of the first batch with an event of this time or later. */
  firstSince(timeMs: number): number | undefined {
    return firstOf(this.#firstSince.get(timeMs));
  }

  /** @throws {JournalDamaged} when the batch does not hold what it says. */
  lines(batch: Batch): string[] {
    const lines = batch.body.split('\n');
    if (lines.length !== batch.count) throw this.#damaged(batch, `${lines.length} events instead of ${batch.count}`);
    return lines;
  }

  /** @throws {JournalDamaged} when the line is no JSON. */
  parse(batch: Batch, line: string): Envelope {
    try {
      return JSON.parse(line) as Envelope;
    } catch (error) {
      throw this.#damaged(batch, error);
    }
  }

  #damaged(batch: Batch, cause: unknown): JournalDamaged {
    return new JournalDamaged(this.#db.location() ?? '', `events from ${batch.first}: ${reason(cause)}`);
  }
}

function firstOf(row: Record<string, unknown> | undefined): number | undefined {
  return typeof row?.first === 'number' ? row.first : undefined;
}
