import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal, ReadRange } from '../../actors/ports/journal.ts';
import type { Lane, Recorded } from '../../events/envelope.ts';
import { Batches } from './batches.ts';
import { Scan } from './scan.ts';

/** Waits until there may be events after a position, or the signal aborts; never rejects. */
export type WaitForMore = (position: number, signal: AbortSignal) => Promise<void>;

/** Asks the file again every so often: the way to follow a journal that another process writes. */
export function pollEvery(pollMs: number): WaitForMore {
  return (_position, signal) => wait(pollMs, undefined, { signal }).catch(() => {});
}

/** The reading half of a journal, on a connection of its own. */
export class Reading implements Pick<Journal, 'head' | 'read' | 'follow' | 'latest' | 'readers'> {
  readonly #db: DatabaseSync;
  readonly #batches: Batches;
  readonly #waitForMore: WaitForMore;
  readonly #closed = new AbortController();

  constructor(db: DatabaseSync, waitForMore: WaitForMore) {
    this.#db = db;
    this.#batches = new Batches(db);
    this.#waitForMore = waitForMore;
  }

  head(): number {
    return this.#batches.head();
  }

  read(range: ReadRange): AsyncIterable<Recorded> {
    return new Scan(this.#batches, range).pass();
  }

  /** Ends quietly when the signal aborts, the limit is reached or the journal is closed. */
  follow(range: ReadRange & { signal: AbortSignal }): AsyncIterable<Recorded> {
    return this.#follow(new Scan(this.#batches, range), AbortSignal.any([range.signal, this.#closed.signal]));
  }

  async *#follow(scan: Scan, signal: AbortSignal): AsyncGenerator<Recorded> {
    while (!signal.aborted && !scan.isDone) {
      for await (const recorded of scan.pass()) {
        yield recorded;
        if (signal.aborted) return;
      }
      if (!scan.isDone) await this.#waitForMore(scan.position, signal);
    }
  }

  async latest(lane: Exclude<Lane, 'scans'>): Promise<Recorded[]> {
    const rows = this.#db.prepare('SELECT sequence FROM latest WHERE lane = ? ORDER BY sequence').all(lane);
    return rows.flatMap(({ sequence }) => this.#event(Number(sequence)) ?? []);
  }

  async readers(): Promise<ReadonlyMap<string, number>> {
    const rows = this.#db.prepare('SELECT name, sequence FROM readers ORDER BY name').all();
    return new Map(rows.map(({ name, sequence }) => [String(name), Number(sequence)]));
  }

  close(): void {
    this.#closed.abort();
    if (this.#db.isOpen) this.#db.close();
  }

  /** Undefined when retention has just deleted it. */
  #event(sequence: number): Recorded | undefined {
    const batch = this.#batches.holding(sequence);
    if (batch === undefined) return undefined;
    const line = this.#batches.lines(batch)[sequence - batch.first] ?? '';
    return { sequence, event: this.#batches.parse(batch, line) };
  }
}
