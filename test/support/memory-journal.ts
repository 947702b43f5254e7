import {
  type Journal,
  JournalGap,
  type JournalState,
  JournalUnavailable,
  type ReadRange,
} from '../../src/actors/ports/journal.ts';
import type { Envelope, Lane, Recorded } from '../../src/events/envelope.ts';

interface Stored extends Recorded {
  lane: Lane;
}

/** A journal in memory, for tests of what is around it: "on disk" is a microtask away, and it is full when told so. */
export class MemoryJournal implements Journal {
  /** Durable events, from the first. */
  readonly stored: Stored[] = [];
  /** Told of each event as it is appended. */
  onAppend: (event: Envelope) => void = () => {};
  #queued: Stored[] = [];
  #state: JournalState = 'open';
  #sequence = 0;
  readonly #readers = new Map<string, number>();
  readonly #stateListeners: ((state: JournalState) => void)[] = [];
  readonly #headListeners: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  append(lane: Lane, event: Envelope): void {
    this.#queued.push({ sequence: ++this.#sequence, lane, event: structuredClone(event) });
    this.onAppend(event);
  }

  /** Everything appended, durable or not, in order. */
  appended(): readonly Recorded[] {
    return [...this.stored, ...this.#queued];
  }

  async durable(): Promise<void> {
    await undefined;
    if (this.#state !== 'open') throw new JournalUnavailable(this.#state);
    this.#flush();
  }

  state(): JournalState {
    return this.#state;
  }

  onState(listener: (state: JournalState) => void): void {
    this.#stateListeners.push(listener);
  }

  /** Makes the journal full, or open again. */
  become(state: JournalState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'open') this.#flush();
    for (const listener of this.#stateListeners) listener(state);
  }

  head(): number {
    return this.stored.at(-1)?.sequence ?? 0;
  }

  onHead(listener: () => void): void {
    this.#headListeners.push(listener);
  }

  async *read({ after, types, sinceMs, limit = Number.POSITIVE_INFINITY }: ReadRange): AsyncIterable<Recorded> {
    let left = limit;
    let expected = after + 1;
    for (const { sequence, event } of this.stored.slice(after)) {
      if (sequence !== expected++) throw new JournalGap(expected - 1, sequence);
      if (types && !types.includes(event.type)) continue;
      if (sinceMs !== undefined && Date.parse(event.time) < sinceMs) continue;
      if (left-- <= 0) return;
      yield { sequence, event };
    }
  }

  async *follow(range: ReadRange & { signal: AbortSignal }): AsyncIterable<Recorded> {
    const { signal, ...rest } = range;
    let { after } = rest;
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      for await (const recorded of this.read({ ...rest, after })) yield recorded;
      after = Math.max(after, this.head());
      if (after >= this.head() && !signal.aborted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async latest(lane: Lane): Promise<Recorded[]> {
    const bySubject = new Map(
      this.stored.filter((each) => each.lane === lane).map((each) => [each.event.subject, each]),
    );
    return [...bySubject.values()].sort((a, b) => a.sequence - b.sequence);
  }

  async confirm(reader: string, sequence: number): Promise<void> {
    this.#readers.set(reader, Math.max(sequence, this.#readers.get(reader) ?? 0));
  }

  async readers(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.#readers);
  }

  async forget(reader: string): Promise<void> {
    this.#readers.delete(reader);
  }

  async erase(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    this.#flush();
  }

  #flush(): void {
    if (this.#queued.length === 0) return;
    this.stored.push(...this.#queued);
    this.#queued = [];
    this.#wake();
    for (const listener of this.#headListeners) listener();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
