/** First come, first served, each with a time limit. */
export interface WaitingLine<T> {
  /** Resolves with what `serve` gives; rejects with `late()` after `timeoutMs`, or with what `refuseAll` gives. */
  wait(timeoutMs: number, late: () => Error): Promise<T>;
  /** Gives to the first in line; false when nobody waits. */
  serve(value: T): boolean;
  refuseAll(error: Error): void;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export function createWaitingLine<T>(): WaitingLine<T> {
  const waiters = new Set<Waiter<T>>();

  function leave(waiter: Waiter<T>): Waiter<T> {
    clearTimeout(waiter.timer);
    waiters.delete(waiter);
    return waiter;
  }

  return {
    wait: (timeoutMs, late) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => leave(waiter).reject(late()), timeoutMs);
        const waiter: Waiter<T> = { resolve, reject, timer };
        waiters.add(waiter);
      }),
    serve(value) {
      const [waiter] = waiters;
      if (waiter) leave(waiter).resolve(value);
      return waiter !== undefined;
    },
    refuseAll(error) {
      for (const waiter of waiters) leave(waiter).reject(error);
    },
  };
}
