import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Delivered, Delivery, EventSource, Subscription } from '../../projections/ports/event-source.ts';
import { Batches } from './batches.ts';
import { openForReading } from './database.ts';
import { createTextFilter } from './event-type.ts';

/** The one stream of a journal. */
export const journalStream = 'journal';

/** Events handed over at once, at most: a bound of memory, and few enough that the other work of a thread gets its turn. */
const EVENTS_MAX = 2000;

/** Events passed over at once, at most, before the position is told. */
const PASSED_MAX = 20_000;

/** From so many new events in one look on, it is looked less often. */
const BUSY_EVENTS = 100;
const BUSY_FACTOR = 5;

/**
 * How long is waited at the head before the next look, in milliseconds. A delivery costs its reader a transaction on disk, and
 * one of few events nearly as much as one of many: where mail comes fast, more is let gather.
 * @param events that came since the last look
 */
export function restMs(events: number, pollMs: number): number {
  return events < BUSY_EVENTS ? pollMs : pollMs * BUSY_FACTOR;
}

export interface JournalSourceOptions {
  /** Where the journal is; another process or thread may be writing it. */
  folder: string;
  /** How often it is looked whether there is more, ms; default 100. See `restMs`. */
  pollMs?: number;
  /** Tells the writing journal; without it retention does not wait for these readers. */
  confirm?: (reader: string, sequence: number) => Promise<void>;
}

/** The name under which a projection is a reader of the journal. */
export function journalReaderOf(projection: string): string {
  return `projection/${projection}`;
}

/**
 * The journal as projections read it, on a connection of its own.
 * @throws errors of `openForReading`
 */
export function openJournalSource({ folder, pollMs = 100, confirm }: JournalSourceOptions): EventSource {
  const db = openForReading(folder);
  const batches = new Batches(db);
  const closed = new AbortController();
  return {
    name: 'journal',
    read: (subscription, handle) =>
      read(batches, pollMs, AbortSignal.any([subscription.signal, closed.signal]), subscription, handle),
    heads: async () => headsOf(batches.head()),
    confirm: async (reader, _stream, offset) => confirm?.(journalReaderOf(reader), offset),
    async close() {
      closed.abort();
      if (db.isOpen) db.close();
    },
  };
}

/** An empty journal has no newest event. */
function headsOf(head: number): ReadonlyMap<string, number> {
  return new Map(head === 0 ? [] : [[journalStream, head]]);
}

async function read(
  batches: Batches,
  pollMs: number,
  signal: AbortSignal,
  subscription: Subscription,
  handle: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const { positions, untilCaughtUp } = subscription;
  if (signal.aborted) return;
  const known = positions().get(journalStream);
  const end = batches.head();
  if (known !== undefined && known > end) {
    throw new Error(`the journal ends at ${end}, before position ${known}: it is another one than before`);
  }
  const passage = new Passage(batches, createTextFilter(subscription), known);
  while (!signal.aborted) {
    const before = passage.after;
    const delivery = passage.next();
    if (delivery !== undefined) await handle(delivery);
    if (untilCaughtUp && passage.after >= end) return;
    // Reading blocks this thread: other work gets its turn.
    if (delivery !== undefined && delivery.upTo < delivery.head) await nextTurn();
    else await wait(restMs(passage.after - before, pollMs), undefined, { signal }).catch(() => undefined);
  }
}

/** One way through the journal. */
class Passage {
  /** Everything up to here was handed over or is not wanted. */
  after: number;
  readonly #batches: Batches;
  readonly #isWanted: (text: string) => boolean;
  /** Without a position the first event that is there is the first one wanted. */
  #mayJump: boolean;

  constructor(batches: Batches, isWanted: (text: string) => boolean, position: number | undefined) {
    this.#batches = batches;
    this.#isWanted = isWanted;
    this.after = position ?? 0;
    this.#mayJump = position === undefined;
  }

  /** What comes next of that which is durable now; undefined when there is no more. */
  next(): Delivery | undefined {
    const head = this.#batches.head();
    if (this.after >= head) return undefined;
    const begin = this.after;
    const lost = this.#passLost(head);
    const events: Delivered[] = [];
    while (this.after < head && events.length < EVENTS_MAX && this.after - begin < PASSED_MAX) {
      const batch = this.#batches.holding(this.after + 1);
      // A gap further on is told with the next delivery.
      if (batch === undefined) break;
      this.#take(batch.first, this.#batches.lines(batch), events);
    }
    this.#mayJump = false;
    return { stream: journalStream, events, upTo: this.after, head, ...(lost && { lost }) };
  }

  #passLost(head: number): Delivery['lost'] {
    if (this.#batches.holding(this.after + 1) !== undefined) return undefined;
    const from = this.after + 1;
    this.after = (this.#batches.firstAfter(this.after) ?? head + 1) - 1;
    return this.#mayJump ? undefined : { from, to: this.after };
  }

  #take(first: number, lines: readonly string[], events: Delivered[]): void {
    for (let index = this.after + 1 - first; index < lines.length && events.length < EVENTS_MAX; index++) {
      const text = lines[index] ?? '';
      this.after = first + index;
      if (this.#isWanted(text)) events.push({ offset: this.after, text });
    }
  }
}
