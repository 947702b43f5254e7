import { applyChanges } from './encode-change.ts';
import type { ViewTransaction } from './ports/view-store.ts';
import type { Projection } from './projection.ts';

const hourMs = 3_600_000;

/** Rows of one table that go at once: the transaction that they go in folds a delivery, too, and that comes first. */
export const forgottenRowsMax = 500;

/**
 * Forgets what is older than a view is to remember: some rows at a time, the oldest first, until none is left. What is too old
 * depends on the newest event alone, in full hours, so a rebuild comes to the same.
 * @param newestMs time of the newest event, ms since 1970
 * @param keepMs how long rows are kept; 0: for ever
 */
export function forgetOld(projection: Projection, view: ViewTransaction, newestMs: number, keepMs: number): void {
  if (keepMs === 0) return;
  const beforeMs = Math.floor(newestMs / hourMs) * hourMs - keepMs;
  for (const { table, with: belonging } of projection.ages ?? []) {
    let left = forgottenRowsMax;
    for (const { key, row } of view.rowsOfTime(table, 0, beforeMs)) {
      applyChanges(projection, view, [{ table, key }, ...(belonging?.(row) ?? [])]);
      left -= 1;
      if (left === 0) break;
    }
  }
}
