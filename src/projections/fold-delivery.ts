import { parseEvent } from '../events/parse-event.ts';
import { isWanted } from '../events/wanted.ts';
import { encodeChange } from './encode-change.ts';
import { erasedIfDue, foldErasure, isErasure } from './erasure.ts';
import type { Delivered, Delivery } from './ports/event-source.ts';
import { parkedTextMax, type StoredChange, type ViewTransaction } from './ports/view-store.ts';
import type { Projection, Rows } from './projection.ts';

/** The one stream of a journal: everything in it is in order. Between partitions of topics there is none. */
const orderedStream = 'journal';

/** What a fold gave: changes and the event's time (ms since 1970), or the reason why the event is parked. */
type Outcome = { changes: readonly StoredChange[]; timeMs: number } | { reason: string };

/**
 * Folds a delivery into a view, inside one transaction: events that were handled before, that this projection does not want
 * or whose id was seen are passed over; those that cannot be folded are parked, and the rest goes on.
 * @param nowMs time of parking, ms since 1970.
 * @returns the time of the newest event that could be read and folded; undefined without any
 */
export function foldDelivery(
  projection: Projection,
  { stream, events, upTo }: Delivery,
  view: ViewTransaction,
  nowMs: number,
): number | undefined {
  const position = view.position(stream);
  let newestMs: number | undefined;
  for (const event of events) {
    if (position !== undefined && event.offset <= position) continue;
    const timeMs = foldEvent(projection, stream, event, view, nowMs);
    if (timeMs !== undefined) newestMs = Math.max(timeMs, newestMs ?? timeMs);
  }
  if (position === undefined || upTo > position) view.move(stream, upTo);
  return newestMs;
}

/**
 * Tries everything that is parked once more, inside one transaction: after the fold was mended, or a type became known. It is
 * folded after what came later; where that matters, a rebuild is the way.
 * @returns how many were folded
 */
export function foldParked(projection: Projection, view: ViewTransaction, nowMs: number): number {
  const parked = view.takeParked();
  // The store has seen their ids; among themselves each may be there only once.
  const taken = new Set<string>();
  const takeId = (_stream: string, id: string) => !taken.has(id) && taken.add(id).size > 0;
  const failures = parked.filter(
    ({ stream, ...event }) => foldEvent(projection, stream, event, { ...view, takeId }, nowMs) === undefined,
  );
  return parked.length - failures.length;
}

/** Folds one event that was not handled before. @returns its time; undefined when it was parked */
function foldEvent(
  projection: Projection,
  stream: string,
  { offset, text }: Delivered,
  view: ViewTransaction,
  nowMs: number,
): number | undefined {
  const outcome = changesOf(projection, stream, text, view);
  if ('reason' in outcome) {
    const { reason } = outcome;
    view.park({ stream, offset, reason, text: text.slice(0, parkedTextMax), timeMs: nowMs });
    return undefined;
  }
  for (const change of outcome.changes) view.apply(change);
  return outcome.timeMs;
}

function changesOf(projection: Projection, stream: string, text: string, view: ViewTransaction): Outcome {
  const rows = watched(view);
  try {
    const event = parseEvent(text);
    const timeMs = Date.parse(event.time);
    if (!isWanted(projection, event)) return { changes: [], timeMs };
    if (!rows.takeId(stream, event.id)) return { changes: [], timeMs };
    const isOrdered = stream === orderedStream;
    if (projection.personal !== undefined && isErasure(event)) {
      foldErasure(projection, event, view, isOrdered);
      return { changes: [], timeMs };
    }
    const folded = isOrdered ? event : erasedIfDue(projection, event, rows);
    return { changes: projection.fold(folded, rows).map((change) => encodeChange(projection, change)), timeMs };
  } catch (error) {
    // Trouble of the store is no fault of the event.
    if (rows.trouble !== undefined) throw rows.trouble.error;
    return { reason: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 1000) : String(error) };
  }
}

/** Tells what the store throws from what a fold throws. */
function watched(view: ViewTransaction): Rows & Pick<ViewTransaction, 'takeId'> & { trouble?: { error: unknown } } {
  const guard = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      self.trouble = { error };
      throw error;
    }
  };
  const self: ReturnType<typeof watched> = {
    get: (table, key) => guard(() => view.get(table, key)),
    takeId: (stream, id) => guard(() => view.takeId(stream, id)),
  };
  return self;
}
