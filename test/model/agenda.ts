/** What will happen by itself, and when: timers by name. Of one moment, what was set first comes first. */
export class Agenda {
  readonly #entries = new Map<string, { dueMs: number; order: number }>();
  #lastOrder = 0;

  /** Sets a timer; one that stands already at that moment stays. `undefined` clears it. */
  set(name: string, dueMs: number | undefined): void {
    if (this.#entries.get(name)?.dueMs === dueMs) return;
    if (dueMs === undefined) this.#entries.delete(name);
    else this.#entries.set(name, { dueMs, order: ++this.#lastOrder });
  }

  clear(prefix: string): void {
    for (const name of this.#entries.keys()) if (name.startsWith(prefix)) this.#entries.delete(name);
  }

  nextDueMs(): number | undefined {
    return this.#next()?.[1].dueMs;
  }

  /** Takes the next timer off if it is due; its name. */
  takeDue(nowMs: number): string | undefined {
    const next = this.#next();
    if (next === undefined || next[1].dueMs > nowMs) return undefined;
    this.#entries.delete(next[0]);
    return next[0];
  }

  #next() {
    return [...this.#entries].sort(([, a], [, b]) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}
