/** Each confirmation costs the journal a commit, and an older one only means that some events are sent twice after a crash. */
const confirmMs = 250;

/** Positions on their way to the journal: the newest one, every so often. */
export interface Confirmations {
  note(sequence: number): void;
  /** Confirms what is still waiting. */
  flush(): void;
}

export function createConfirmations(confirm: (sequence: number) => void): Confirmations {
  let newest = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    confirm(newest);
  };
  return {
    note(sequence) {
      newest = sequence;
      timer ??= setTimeout(flush, confirmMs);
    },
    flush,
  };
}
