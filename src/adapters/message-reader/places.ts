/** Room for one message at work. */
export interface Place {
  /** Different from that of every other place in use. */
  index: number;
  /** Lets the next one in, if one waits, while this one goes on. False when too many have made way already. */
  makeWay(): boolean;
  /** Ends; idempotent. */
  leave(): void;
}

/**
 * Two kinds of places, so that messages that take long keep no others waiting: each begins at a quick one and makes way after a while,
 * if somebody waits, by going on at a slow one. If all slow ones are taken it has to leave, and to begin again at a slow one when there is one.
 */
export class Places {
  readonly #quick: Line;
  readonly #slow: Line;
  readonly #free: number[];

  /** @param count of each kind */
  constructor(count: number) {
    this.#quick = new Line(count);
    this.#slow = new Line(count);
    this.#free = Array.from({ length: count * 2 }, (_, index) => index);
  }

  /** Rejects with the signal's reason when it aborts before there is a place. */
  async takeQuick(signal: AbortSignal): Promise<Place> {
    return this.#place(this.#quick, await this.#quick.take(signal));
  }

  /** As `takeQuick`; who has a slow place need not make way. */
  async takeSlow(signal: AbortSignal): Promise<Place> {
    return this.#place(this.#slow, await this.#slow.take(signal));
  }

  #place(kind: Line, taken: () => void): Place {
    const index = this.#free.pop();
    if (index === undefined) throw new Error('more places are taken than there are');
    let inLine: Line | undefined = kind;
    let giveBack = taken;
    return {
      index,
      makeWay: () => {
        if (inLine !== this.#quick || !this.#quick.isAwaited()) return true;
        const slow = this.#slow.tryTake();
        if (slow === undefined) return false;
        giveBack();
        [inLine, giveBack] = [this.#slow, slow];
        return true;
      },
      leave: () => {
        if (inLine === undefined) return;
        inLine = undefined;
        this.#free.push(index);
        giveBack();
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
