/** Room that was granted; `free` is idempotent. */
export interface Room {
  free(): void;
}

interface Waiter {
  bytes: number;
  grant: () => void;
}

/**
 * A number of bytes shared by all messages in reception.
 * No deadlock: who waits holds no room, and while one waits nobody else is given any (first come, first served).
 */
export class MemoryBudget {
  readonly bytesMax: number;
  #used = 0;
  readonly #waiters: Waiter[] = [];

  /** @param bytesMax bytes for all messages together; 1 or more */
  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Bytes granted now; above `bytesMax` only while one message larger than it is loaded alone. */
  get used(): number {
    return this.#used;
  }

  /** Takes room at once, or says false: it is used up, or somebody waits for it. The taker gives it back by `release`. */
  take(bytes: number): boolean {
    if (this.#waiters.length > 0 || this.#used + bytes > this.bytesMax) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives back what `take` granted. */
  release(bytes: number): void {
    this.#used -= bytes;
    this.#serve();
  }

  /** Waits for room; more than the whole budget is granted alone. Rejects with the signal's reason when it aborts. */
  wait(bytes: number, signal: AbortSignal): Promise<Room> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason);
        this.#serve();
      };
      const grant = () => {
        signal.removeEventListener('abort', giveUp);
        resolve(this.#room(bytes));
      };
      const waiter = { bytes, grant };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  #room(bytes: number): Room {
    let held = bytes;
    return {
      free: () => {
        const given = held;
        held = 0;
        if (given > 0) this.release(given);
      },
    };
  }

  #serve(): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      if (this.#used > 0 && this.#used + first.bytes > this.bytesMax) return;
      this.#waiters.shift();
      this.#used += first.bytes;
      first.grant();
    }
  }
}
