/** Room for one message at work. */
export interface Place {
  /** Different from that of every other place in use. */
  index: number;
  /** Lets the next one in while this one goes on, if not too many do so already: who takes long must not keep others waiting. */
  makeWay(): void;
  /** Ends; idempotent. */
  leave(): void;
}

/** So many messages at work at one time, and as many again that have made way for others. Who finds no place waits in line. */
export class Places {
  readonly #count: number;
  readonly #free: number[];
  readonly #line: ((place: Place) => void)[] = [];
  #atWork = 0;

  constructor(count: number) {
    this.#count = count;
    this.#free = Array.from({ length: count * 2 }, (_, index) => index);
  }

  /** Rejects with the signal's reason when it aborts before there is a place. */
  take(signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = (place: Place) => {
        signal.removeEventListener('abort', giveUp);
        resolve(place);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#line.push(enter);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#line.length > 0 && this.#atWork < this.#count) {
      const index = this.#free.pop();
      if (index === undefined) return;
      this.#atWork += 1;
      this.#line.shift()?.(this.#place(index));
    }
  }

  #place(index: number): Place {
    let state: 'at work' | 'made way' | 'left' = 'at work';
    return {
      index,
      makeWay: () => {
        // There is a place for who comes in, as long as one in two is free.
        if (state !== 'at work') return;
        state = 'made way';
        this.#atWork -= 1;
        this.#serve();
      },
      leave: () => {
        if (state === 'left') return;
        if (state === 'at work') this.#atWork -= 1;
        state = 'left';
        this.#free.push(index);
        this.#serve();
      },
    };
  }
}
