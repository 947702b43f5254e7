import type { DatabaseSync } from 'node:sqlite';
import type { Envelope } from '../../events/envelope.ts';
import { readJson } from '../../events/json.ts';
import { type Eraser, eraserOf } from '../../events/personal.ts';
import type { ErasureOrder, ErasureReport } from './protocol.ts';

/** What one step looks at, UTF-16 units: some milliseconds, so that commits wait no longer. One larger row is a step alone. */
const lengthPerStep = 128 * 1024;

/** An erasure that goes on: the rows up to `done` are done; by age those up to the row of `done_ms` and `done`, in order of time. */
interface Job {
  id: string;
  before_ms: number | null;
  address: string | null;
  done_ms: number;
  done: number;
  until: number | null;
  events: number;
}

/** What one step did: UTF-16 units written, and the erasures that it ended. */
export interface ErasureStep {
  length: number;
  ended: readonly ErasureReport[];
}

interface Row {
  first: number;
  time_ms: number;
  body: string;
}

/** Id of the erasure by age: there is one, which goes on for ever. */
const ageId = 'age';

/**
 * Takes personal data out of rows, bit by bit: places, ids and order of the events stay. What is under way is in the file, and
 * goes on after a crash. `step` is a transaction of its own.
 */
export class Erasing {
  readonly #db: DatabaseSync;
  readonly #head: () => number;

  constructor(db: DatabaseSync, head: () => number) {
    this.#db = db;
    this.#head = head;
  }

  /** Begins an erasure, or moves the one by age on. One that is known already, as it is ordered again, goes on. */
  order({ id, what }: ErasureOrder): void {
    if (what.kind === 'age') {
      this.#db
        .prepare(
          `INSERT INTO erasures (id, before_ms, done_ms, done, events) VALUES (?, ?, 0, 0, 0)
           ON CONFLICT (id) DO UPDATE SET before_ms = max(before_ms, excluded.before_ms)`,
        )
        .run(ageId, what.beforeMs);
      return;
    }
    this.#db
      .prepare('INSERT OR IGNORE INTO erasures (id, address, done_ms, done, until, events) VALUES (?, ?, 0, 0, ?, 0)')
      .run(id, what.address, this.#head());
  }

  /** Does a bounded piece of work. @returns what was written and what has ended; undefined when there is nothing left to do */
  step(): ErasureStep | undefined {
    const job = this.#jobs().find((each) => this.#rows(each).length > 0 || each.address !== null);
    if (job === undefined) return undefined;
    // What is taken out must not be left in free pages of the file.
    this.#db.exec('PRAGMA secure_delete = ON; BEGIN IMMEDIATE');
    try {
      const done = this.#work(job);
      this.#db.exec('COMMIT');
      return done;
    } finally {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#db.exec('PRAGMA secure_delete = FAST');
    }
  }

  #work(job: Job): ErasureStep {
    const rows = this.#rows(job);
    const { address, before_ms } = job;
    const eraser = eraserOf(
      address === null ? { kind: 'age', beforeMs: before_ms ?? 0 } : { kind: 'address', address },
    );
    const update = this.#db.prepare('UPDATE batches SET body = ? WHERE first = ?');
    // Who needs the newest event of an aggregate will not find it by an address.
    const forget = this.#db.prepare('DELETE FROM latest WHERE subject = ?');
    let { done_ms, done, events } = job;
    let length = 0;
    const mayConcern = textFilter(address);
    for (const row of rows) {
      [done_ms, done] = [row.time_ms, row.first];
      if (!mayConcern(row.body)) continue;
      const { body, changed, subjects } = erasedBody(row.body, eraser);
      for (const subject of subjects) forget.run(subject);
      if (changed === 0) continue;
      update.run(body, row.first);
      length += body.length;
      events += changed;
    }
    if (rows.length > 0 || job.address === null) {
      const save = this.#db.prepare('UPDATE erasures SET done_ms = ?, done = ?, events = ? WHERE id = ?');
      save.run(done_ms, done, events, job.id);
      return { length, ended: [] };
    }
    this.#db.prepare('DELETE FROM erasures WHERE id = ?').run(job.id);
    return { length, ended: [{ id: job.id, events }] };
  }

  #jobs(): Job[] {
    return this.#db.prepare('SELECT * FROM erasures ORDER BY address IS NULL').all() as unknown as Job[];
  }

  /** The next rows of a job, as many as one step takes. */
  #rows({ done_ms, done, before_ms, until }: Job): Row[] {
    const columns = 'SELECT first, time_ms, body FROM batches';
    const found =
      before_ms === null
        ? this.#db.prepare(`${columns} WHERE first > ? AND first <= ? ORDER BY first`).iterate(done, until)
        : // In order of time: rows that a clock gone wrong has put into the future must not stand before the others.
          this.#db
            .prepare(`${columns} WHERE (time_ms, first) > (?, ?) AND time_ms < ? ORDER BY time_ms, first`)
            .iterate(done_ms, done, before_ms);
    const rows: Row[] = [];
    let length = 0;
    for (const row of found as Iterable<unknown> as Iterable<Row>) {
      rows.push(row);
      length += row.body.length;
      if (length >= lengthPerStep) break;
    }
    return rows;
  }
}

/** Whether there may be something to erase in a text: parsing is what it costs. */
function textFilter(address: string | null): (body: string) => boolean {
  if (address === null) return () => true;
  const text = JSON.stringify(address).slice(1, -1).toLowerCase();
  return (body) => body.toLowerCase().includes(text);
}

/** The lines of a row, each event erased; what is no event stays as it is. */
function erasedBody(body: string, eraser: Eraser): { body: string; changed: number; subjects: readonly string[] } {
  let changed = 0;
  const subjects: string[] = [];
  const lines = body.split('\n').map((line) => {
    const event = readJson(line) as Envelope | undefined;
    if (typeof event?.type !== 'string') return line;
    const other = eraser.event(event);
    if (other === event) return line;
    changed++;
    if (other.subject !== event.subject) subjects.push(event.subject);
    return JSON.stringify(other);
  });
  return { body: changed === 0 ? body : padded(lines.join('\n'), Buffer.byteLength(body)), changed, subjects };
}

/**
 * As long as before, by spaces at the end, which are none of the last event: SQLite then writes over the old text where it
 * stands, and leaves nothing of it in what is free on its pages.
 */
function padded(body: string, bytes: number): string {
  return body + ' '.repeat(Math.max(0, bytes - Buffer.byteLength(body)));
}
