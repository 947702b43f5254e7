import type { Clock } from '../../src/actors/ports/clock.ts';

interface Timer {
  dueMs: number;
  fn: () => void;
}

/**
 * A clock that stands still until the test moves it, and then stops at every timer: what a timer sets off (promises, too)
 * can come to rest before the next one ends. Timers of the same moment end in the order in which they were set.
 */
export class SteppedClock implements Clock {
  #nowMs: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();

  /** @param startMs milliseconds since 1970; large, as in life: an event time of 0 hides errors. */
  constructor(startMs: number = Date.UTC(2026, 10, 24)) {
    this.#nowMs = startMs;
  }

  /** Can be handed on as a function, like that of the system's clock. */
  readonly now = (): number => this.#nowMs;

  setTimeout(fn: () => void, timeoutMs: number): number {
    this.#timers.set(++this.#lastId, { dueMs: this.#nowMs + timeoutMs, fn });
    return this.#lastId;
  }

  clearTimeout(id: number): void {
    this.#timers.delete(id);
  }

  /** When the next timer ends. */
  nextDueMs(): number | undefined {
    return this.#next()?.[1].dueMs;
  }

  /** Moves to a moment that no timer comes before. */
  moveTo(ms: number): void {
    const due = this.nextDueMs();
    if (ms < this.#nowMs || (due !== undefined && due < ms)) throw new Error(`cannot move to ${ms} past a timer`);
    this.#nowMs = ms;
  }

  /** Ends one timer that is due now; false when there is none. */
  fireDue(): boolean {
    const [id, timer] = this.#next() ?? [];
    if (id === undefined || timer === undefined || timer.dueMs > this.#nowMs) return false;
    this.#timers.delete(id);
    timer.fn();
    return true;
  }

  /** Lets time pass, timer by timer. @param rest waits until what a timer set off has come to rest */
  async advance(ms: number, rest: () => Promise<void>): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (let due = this.nextDueMs(); due !== undefined && due <= endMs; due = this.nextDueMs()) {
      this.moveTo(Math.max(due, this.#nowMs));
      while (this.fireDue()) await rest();
    }
    this.moveTo(endMs);
    await rest();
  }

  #next(): [number, Timer] | undefined {
    let next: [number, Timer] | undefined;
    // A map keeps the order of setting, so the first of equals wins.
    for (const entry of this.#timers) if (next === undefined || entry[1].dueMs < next[1].dueMs) next = entry;
    return next;
  }
}
