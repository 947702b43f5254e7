/** The newest sequence of a journal that another thread writes, as far as that thread has told. */
export interface Head {
  rise(sequence: number): void;
  /** Resolves when the head is beyond a sequence, or when the signal aborts. One waits at a time. */
  beyond(sequence: number, signal: AbortSignal): Promise<void>;
}

/** Begins at 0. */
export function createHead(): Head {
  let head = 0;
  let wake = () => {};
  return {
    rise(sequence) {
      head = sequence;
      wake();
    },
    async beyond(sequence, signal) {
      while (head <= sequence && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = () => {
            // The signal lives as long as Kafka is there: what listens to it must not gather with every event.
            signal.removeEventListener('abort', wake);
            resolve();
          };
          signal.addEventListener('abort', wake);
        });
      }
    },
  };
}
