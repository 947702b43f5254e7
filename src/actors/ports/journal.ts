import type { Envelope, Lane, Recorded } from '../../events/envelope.ts';
import type { Erasure } from '../../events/personal.ts';

/** What a reader wants of the log. */
export interface ReadRange {
  /** Events after this sequence; 0 reads from the first that is kept. */
  after: number;
  /** Only these types; all when absent. */
  types?: readonly string[];
  /** Only events of this time (ms since 1970) or later. */
  sinceMs?: number;
  /** At most so many. */
  limit?: number;
}

/** Whether mail may be taken in: an event that cannot be recorded must not happen (D8). */
export type JournalState = 'open' | 'full' | 'disk-full' | 'failed';

/**
 * The durable log. One process writes; any may read.
 * Order of appending is order of sequence, and sequences have no gaps.
 */
export interface Journal {
  /** Queues an event; returns at once and never throws. Lost only if the process dies before `durable()` resolves. */
  append(lane: Lane, event: Envelope): void;
  /**
   * Resolves when everything appended so far is on disk (fsync), in group commit.
   * Rejects with `JournalUnavailable` while the journal is not open; what was appended is kept and written on recovery.
   */
  durable(): Promise<void>;
  state(): JournalState;
  /** Called on each change of `state()`. */
  onState(listener: (state: JournalState) => void): void;
  /** Sequence of the last durable event; 0 when empty. */
  head(): number;
  /** Called each time that `head()` has risen; must be quick. */
  onHead(listener: () => void): void;
  /** Reads what is durable now, in order; throws `JournalGap` when a sequence is missing in between. */
  read(range: ReadRange): AsyncIterable<Recorded>;
  /** Reads and then waits for more, until the signal aborts. */
  follow(range: ReadRange & { signal: AbortSignal }): AsyncIterable<Recorded>;
  /** The newest event of each subject of a lane other than `scans`, for what must be known at start. */
  latest(lane: Exclude<Lane, 'scans'>): Promise<Recorded[]>;
  /** A named reader has durably handled everything up to this sequence: retention may pass it, never more. */
  confirm(reader: string, sequence: number): Promise<void>;
  /** Every named reader with the sequence that it confirmed. */
  readers(): Promise<ReadonlyMap<string, number>>;
  /** A reader that is gone for ever no longer holds retention. */
  forget(reader: string): Promise<void>;
  /**
   * Takes personal data out of what is written, bit by bit; sequences, ids and order stay. Resolves when it is done, with the
   * number of events in which something was erased; by age at once, as that goes on by and by. Goes on after a crash.
   * @param id the same for the same erasure, however often it is asked for
   */
  erase(id: string, what: Erasure): Promise<number>;
  /** Writes what is queued, closes; idempotent. */
  close(): Promise<void>;
}

/** The journal takes no events now: full, disk full, or failed. Mail gets 452 (D8). */
export class JournalUnavailable extends Error {
  readonly state: JournalState;
  constructor(state: JournalState, options?: ErrorOptions) {
    super(`journal is ${state}`, options);
    this.name = 'JournalUnavailable';
    this.state = state;
  }
}

/** A sequence is missing between two events: one was lost, or retention passed a reader that had no name. */
export class JournalGap extends Error {
  /** The sequence that should have come. */
  readonly expected: number;
  /** The next one that is there; absent when there is none. */
  readonly found: number | undefined;
  constructor(expected: number, found: number | undefined) {
    super(`journal has no event ${expected}${found === undefined ? '' : `, the next is ${found}`}`);
    this.name = 'JournalGap';
    this.expected = expected;
    this.found = found;
  }
}
