import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFeed, type Feed } from '../../../src/sps/feed/feed.ts';
import type { FeedTable } from '../../../src/sps/feed/feed-table.ts';

const expiryMs = 60_000;
let feed: Feed | undefined;
/** When entries were taken into the store. */
let imports: number[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  imports = [];
});
afterEach(() => {
  feed?.close();
  vi.useRealTimers();
});

/** @param importMs how long it takes */
function start({ importMs = 0 }): void {
  const table: Partial<FeedTable> = {
    nextExpiryMs: (afterMs) => (afterMs < expiryMs ? expiryMs : Number.POSITIVE_INFINITY),
    close: () => {},
  };
  feed = createFeed({
    ...{ table: table as FeedTable, nowMs: Date.now, onBadRecords: () => {}, onProblem: () => {} },
    importNow: async () => {
      imports.push(Date.now());
      await new Promise((resolve) => setTimeout(resolve, importMs));
    },
  });
  feed.caughtUp();
}

test.each([
  ['no import under way', {}],
  ['an import in which it expires', { importMs: 2 * expiryMs }],
])('what expires is gone after it: %s', async (_title, how) => {
  start(how);
  await vi.advanceTimersByTimeAsync(10 * expiryMs);
  expect(imports[0]).toBeLessThan(expiryMs);
  expect(imports.at(-1)).toBeGreaterThanOrEqual(expiryMs);
  expect(imports.length).toBeLessThanOrEqual(3);
});
