import type { Envelope } from '../events/envelope.ts';
import { type Eraser, eraserOf, withoutPersonal } from '../events/personal.ts';
import { privacyErasedType } from '../events/privacy.ts';
import { applyChanges } from './encode-change.ts';
import type { ViewTransaction } from './ports/view-store.ts';
import type { Projection, Row, Rows, Table } from './projection.ts';

/** What a projection with personal data reads besides its own events: it must have the lane `system`. */
export const personalEvents = privacyErasedType.replace(/v\d+$/, '');

/** The table `erasures` of such a projection: up to when everything is erased, as events may come later than that is told. */
export const erasuresTable: Table = { columns: {} };
const place = { table: 'erasures', key: 'age' };

/** Whether an event says that personal data in views go. */
export function isErasure(event: Pick<Envelope, 'type'>): boolean {
  return event.type === privacyErasedType;
}

/** Does what such an event says, row by row. */
export function foldErasure(projection: Projection, event: Envelope, view: ViewTransaction, isOrdered: boolean): void {
  const { fromMs, beforeMs } = event.data as { fromMs?: number; beforeMs?: number };
  // One address goes from the views at once, and from the log: the event does not name it.
  if (beforeMs === undefined) return;
  // In an ordered log what is older was erased by the events before this one.
  const from = isOrdered ? (fromMs ?? 0) : 0;
  eraseRows(projection, view, eraserOf({ kind: 'age', beforeMs }), from, beforeMs);
  const known = erasedBefore(view);
  if (known < beforeMs) applyChanges(projection, view, [{ ...place, row: { beforeMs } }]);
}

/** An event as it is folded where the log has no order: one that comes after its erasure was told is erased here. */
export function erasedIfDue(projection: Projection, event: Envelope, rows: Rows): Envelope {
  if (projection.personal === undefined || Date.parse(event.time) >= erasedBefore(rows)) return event;
  return withoutPersonal(event);
}

function erasedBefore(rows: Rows): number {
  const beforeMs = rows.get(place.table, place.key)?.beforeMs;
  return typeof beforeMs === 'number' ? beforeMs : Number.NEGATIVE_INFINITY;
}

/** Takes personal data out of the rows of a time (ms since 1970, `beforeMs` not included). @returns how many changes that took */
export function eraseRows(
  projection: Projection,
  view: ViewTransaction,
  eraser: Eraser,
  fromMs: number,
  beforeMs: number,
): number {
  let count = 0;
  for (const { row } of view.rowsOfTime(projection.personal?.table ?? '', fromMs, beforeMs))
    count += eraseRow(projection, view, eraser, row);
  return count;
}

/** What a part of the way through a view came to. */
export interface ErasedPart {
  /** Changes that it took. */
  changes: number;
  /** The time from which on it goes on; undefined at the end. */
  next?: number;
}

/** As `eraseRows` from a time on, but only so many rows or a few more: others write the view, too, and must not wait for long. */
export function erasePart(
  projection: Projection,
  view: ViewTransaction,
  eraser: Eraser,
  fromMs: number,
  rowsMax: number,
): ErasedPart {
  let [changes, rows, lastMs] = [0, 0, Number.NaN];
  for (const { row, timeMs } of view.rowsOfTime(projection.personal?.table ?? '', fromMs, Number.MAX_SAFE_INTEGER)) {
    // Rows of one millisecond stay together: it is where the next part begins.
    if (rows >= rowsMax && timeMs !== lastMs) return { changes, next: timeMs };
    changes += eraseRow(projection, view, eraser, row);
    rows++;
    lastMs = timeMs;
  }
  return { changes };
}

function eraseRow(projection: Projection, view: ViewTransaction, eraser: Eraser, row: Row): number {
  return applyChanges(projection, view, projection.personal?.erase(row, eraser, view) ?? []);
}
