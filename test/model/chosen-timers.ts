import type { Clock } from '../../src/actors/ports/clock.ts';

/** A clock whose timers end when the walk says so, in any order: a path chooses which of two timeouts comes first. */
export class ChosenTimers implements Clock {
  private readonly armed = new Map<number, { fn: () => void; ms: number }>();
  private lastId = 0;

  now(): number {
    return 0;
  }
  setTimeout(fn: () => void, ms: number): number {
    this.armed.set(++this.lastId, { fn, ms });
    return this.lastId;
  }
  clearTimeout(id: number): void {
    this.armed.delete(id);
  }
  /** Ends the timer that was armed with this delay. */
  fire(ms: number): void {
    const found = [...this.armed].filter(([, timer]) => timer.ms === ms);
    const [id, timer] = found[0] ?? [];
    if (id === undefined || timer === undefined || found.length > 1) {
      throw new Error(`${found.length} timers of ${ms} ms are armed, wanted 1`);
    }
    this.armed.delete(id);
    timer.fn();
  }
}
