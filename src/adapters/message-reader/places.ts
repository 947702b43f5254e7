/** Room for one message at work. */
export interface Place {
  /** Different from that of every other place in use; less than `Places.count`. */
  index: number;
  /** Lets the next one in, if one waits, while this one goes on. False when that is not possible: it has to leave. */
  makeWay(): boolean;
  /** Ends; idempotent. */
  leave(): void;
}

/**
 * Three kinds of places, so that messages that take long keep no others waiting. Each begins at a quick one and makes way after a while, if
 * somebody waits, by going on at a slow one. If all slow ones are taken it has to leave, and to begin again at a slow one when there
 * is one. One of the quick places is for small messages only, which most are.
 */
export class Places {
  readonly count: number;
  readonly #small = new Line(1);
  readonly #quick: Line;
  readonly #slow: Line;
  readonly #free: number[];

  /** @param quick places for messages of any size; there are half as many slow ones */
  constructor(quick: number) {
    const slow = Math.ceil(quick / 2);
    this.count = 1 + quick + slow;
    this.#quick = new Line(quick);
    this.#slow = new Line(slow);
    this.#free = Array.from({ length: this.count }, (_, index) => index);
  }

  /** A place to begin at. Rejects with the signal's reason when it aborts before there is one. */
  async take(size: 'small' | 'large', signal: AbortSignal): Promise<Place> {
    if (size === 'large') return this.#place(this.#quick, await this.#quick.take(signal));
    const small = this.#small.tryTake();
    const quick = small === undefined ? this.#quick.tryTake() : undefined;
    if (quick !== undefined) return this.#place(this.#quick, quick);
    return this.#place(this.#small, small ?? (await this.#small.take(signal)));
  }

  /** A place for who had to leave one. */
  async takeSlow(signal: AbortSignal): Promise<Place> {
    return this.#place(this.#slow, await this.#slow.take(signal));
  }

  #place(line: Line, taken: () => void): Place {
    const index = this.#free.pop();
    if (index === undefined) throw new Error('more places are taken than there are');
    let giveBack: (() => void) | undefined = taken;
    let isSlow = line === this.#slow;
    return {
      index,
      makeWay: () => {
        if (isSlow || !line.isAwaited()) return true;
        const slow = this.#slow.tryTake();
        if (slow === undefined) return false;
        isSlow = true;
        giveBack?.();
        giveBack = slow;
        return true;
      },
      leave: () => {
        if (giveBack === undefined) return;
        this.#free.push(index);
        giveBack();
        giveBack = undefined;
      },
    };
  }
}

/** So many at one time; who comes later waits in line. */
class Line {
  readonly #count: number;
  readonly #waiting: ((giveBack: () => void) => void)[] = [];
  #taken = 0;

  constructor(count: number) {
    this.#count = count;
  }

  take(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = (giveBack: () => void) => {
        signal.removeEventListener('abort', giveUp);
        resolve(giveBack);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(enter);
      this.#serve();
    });
  }

  isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Does not wait, and does not go before those who do. */
  tryTake(): (() => void) | undefined {
    if (this.#taken >= this.#count || this.#waiting.length > 0) return undefined;
    this.#taken++;
    return this.#giveBack;
  }

  readonly #giveBack = () => {
    this.#taken--;
    this.#serve();
  };

  #serve(): void {
    while (this.#taken < this.#count) {
      const enter = this.#waiting.shift();
      if (enter === undefined) return;
      this.#taken++;
      enter(this.#giveBack);
    }
  }
}
