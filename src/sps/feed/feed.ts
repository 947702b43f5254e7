import type { FeedTable } from './feed-table.ts';
import { type FeedRecord, readFeedRecord } from './reputation-entry.ts';

/** What a feed works with. */
export interface FeedOptions {
  table: FeedTable;
  /** Takes what the table has into the store. Rejects when that is not possible now. */
  importNow: () => Promise<void>;
  /** Records that are no entries were passed over. */
  onBadRecords: (count: number) => void;
  onProblem: (problem: string) => void;
  nowMs: () => number;
}

/** From the records of a topic to the store, a while after the last of them. */
export interface Feed {
  /** Takes records in their order. */
  take(records: readonly FeedRecord[]): void;
  /** The topic was read to its end: what was not there is gone. Nothing is taken into the store before. */
  caughtUp(): void;
  close(): void;
}

/** A new version is a build of everything: changes are waited for until there are none for a while, but not for ever. */
const quietMs = 2000;
const longestMs = 30_000;
/** After a failure, e.g. while another import runs. */
const retryMs = 10_000;
/** Longest time that a timer can be set for. */
const timerMsMax = 2 ** 31 - 1;

/** Starts with an empty table. */
export function createFeed(options: FeedOptions): Feed {
  const { table, importNow, onBadRecords, onProblem, nowMs } = options;
  let isCaughtUp = false;
  let isRunning = false;
  let isClosed = false;
  let firstChangeMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const after = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), Math.min(Math.max(ms, 0), timerMsMax));
  };

  async function run(): Promise<void> {
    isRunning = true;
    firstChangeMs = undefined;
    // What expires while it runs is in what is imported, and has to go after it; a timer may be early, too.
    const startMs = nowMs();
    const failure = await importNow().then(
      () => undefined,
      (error: Error) => error,
    );
    isRunning = false;
    if (isClosed) return;
    if (failure !== undefined) {
      onProblem(`what came from Kafka cannot be taken into the store, which is tried again: ${failure.message}`);
      after(retryMs);
    } else if (firstChangeMs !== undefined) after(quietMs);
    else {
      const next = table.nextExpiryMs(startMs);
      if (Number.isFinite(next)) after(next - nowMs());
    }
  }

  function changed(): void {
    firstChangeMs ??= nowMs();
    if (isCaughtUp && !isRunning) after(Math.min(quietMs, firstChangeMs + longestMs - nowMs()));
  }

  return {
    take(records) {
      const changes = records.map(readFeedRecord);
      const good = changes.filter((change) => change !== undefined);
      if (good.length < changes.length) onBadRecords(changes.length - good.length);
      if (table.apply(good) > 0) changed();
    },
    caughtUp() {
      isCaughtUp = true;
      after(0);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
