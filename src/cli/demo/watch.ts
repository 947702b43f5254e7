import { openJournalReader } from '../../adapters/journal/open-journal-reader.ts';
import type { Recorded } from '../../events/envelope.ts';
import { Different } from './different.ts';

/** The journal while it is written: the demo waits for what stands there, never for time to pass. */
export interface Watch {
  /** Sequence of the last event that was seen. */
  position(): number;
  /** Events that were seen after this position. */
  since(position: number): readonly Recorded[];
  /** The first event after this position that fits. Throws `Different` when it does not come. */
  until(what: string, position: number, fits: (recorded: Recorded) => boolean): Promise<Recorded>;
  close(): Promise<void>;
}

/** Longest wait for one event; the return to smart scan may need two probes. */
const waitMsMax = 20_000;
const pollMs = 20;

/** @param signal ends the watch and all waiting with its reason */
export async function watchJournal(folder: string, signal: AbortSignal): Promise<Watch> {
  const journal = await openJournalReader({ folder, pollMs });
  const seen: Recorded[] = [];
  const waiting = new Set<() => void>();
  const closing = new AbortController();
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  const following = (async () => {
    for await (const recorded of journal.follow({ after: 0, signal: closing.signal })) {
      seen.push(recorded);
      for (const check of waiting) check();
    }
  })().catch((error: unknown) => broken.abort(error));
  const since = (position: number) => seen.filter(({ sequence }) => sequence > position);
  return {
    position: () => seen.at(-1)?.sequence ?? 0,
    since,
    async until(what, position, fits) {
      ended.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Recorded>();
      const check = () => {
        const found = since(position).find(fits);
        if (found) resolve(found);
      };
      const interrupted = () => reject(ended.reason);
      const timer = setTimeout(() => {
        reject(new Different(`the event ${what}`, `it did not come within ${waitMsMax / 1000} s`));
      }, waitMsMax);
      waiting.add(check);
      ended.addEventListener('abort', interrupted);
      check();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(check);
        ended.removeEventListener('abort', interrupted);
      });
    },
    async close() {
      closing.abort();
      await following;
      await journal.close();
    },
  };
}
