import type { Journal } from '../actors/ports/journal.ts';

/** What readers of the journal have handled, on its way to the journal: the newest of each, every so often. */
export interface Confirmations {
  note(reader: string, sequence: number): void;
  /** Confirms what is still waiting. */
  flush(): void;
}

/**
 * Each confirmation costs the journal a commit, and an older one only means that some events are handled twice after a crash.
 * @param everyMs from the first that waits to the commit
 * @param onFailure told when the journal does not take one; the next says more than it did
 */
export function createConfirmations(
  journal: Pick<Journal, 'confirm'>,
  everyMs: number,
  onFailure: (reader: string, sequence: number, error: unknown) => void = () => undefined,
): Confirmations {
  const waiting = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    for (const [reader, sequence] of waiting)
      journal.confirm(reader, sequence).catch((error) => onFailure(reader, sequence, error));
    waiting.clear();
  };
  return {
    note(reader, sequence) {
      waiting.set(reader, sequence);
      timer ??= setTimeout(flush, everyMs);
    },
    flush,
  };
}
