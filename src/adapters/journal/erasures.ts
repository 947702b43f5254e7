import type { ErasureOrder } from './protocol.ts';

/** Erasures that were ordered and have not ended: ordered again when the writer is another one. */
export class Erasures {
  readonly #send: (order: ErasureOrder) => void;
  readonly #waiting = new Map<
    string,
    { order: ErasureOrder; promise: Promise<number>; resolve: (events: number) => void }
  >();

  constructor(send: (order: ErasureOrder) => void) {
    this.#send = send;
  }

  /** Resolves when it has ended, with the number of events in which something was erased; one by age at once, with 0. */
  begin(order: ErasureOrder): Promise<number> {
    this.#send(order);
    if (order.what.kind === 'age') return Promise.resolve(0);
    const known = this.#waiting.get(order.id);
    if (known !== undefined) return known.promise;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(order.id, { order, promise, resolve });
    return promise;
  }

  ended(id: string, events: number): void {
    this.#waiting.get(id)?.resolve(events);
    this.#waiting.delete(id);
  }

  /** The writer is another one: it may not know of them. */
  again(): void {
    for (const { order } of this.#waiting.values()) this.#send(order);
  }
}
