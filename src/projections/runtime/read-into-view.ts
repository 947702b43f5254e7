import { foldDelivery } from '../fold-delivery.ts';
import { forgetOld } from '../forgetting.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { Delivery, EventSource } from '../ports/event-source.ts';
import type { Parked, ViewStore, ViewWriter } from '../ports/view-store.ts';
import type { Projection } from '../projection.ts';

/** What a projection is run with. */
export interface ProjectionParts {
  projection: Projection;
  store: ViewStore;
  source: EventSource;
  /** Where parked events are shown besides the store. */
  deadLetters?: DeadLetters;
  /** ms since 1970: the time of parking. */
  now: () => number;
  /** How long rows are kept, ms; 0, or absent: for ever. */
  keepMs?: number;
}

/** How far a reading is. */
export interface Progress {
  stream: string;
  upTo: number;
  head: number;
  /** Events of this delivery that were handed over. */
  events: number;
}

/** What a reading tells. None of it must throw. */
export interface Listener {
  onProgress?(progress: Progress): void;
  /** Every stream is handled up to where it ended when the reading began. */
  onCaughtUp?(): void;
  /** Never empty; told at least once each. */
  onParked?(parked: readonly Parked[]): void;
  onLost?(stream: string, lost: { from: number; to: number }): void;
}

export interface ReadingOptions {
  signal: AbortSignal;
  /** Ends when caught up, instead of waiting for more. */
  untilCaughtUp?: boolean;
}

/**
 * Keeps the view of a projection up to date until the signal aborts. When there is no view yet, or one of another version,
 * source or log, a new one is built beside it first and takes its place when it has caught up.
 * Rejects when the store or the source fails; whatever was committed stays.
 */
export async function readIntoView(parts: ProjectionParts, options: ReadingOptions, listener: Listener): Promise<void> {
  const { store, projection } = parts;
  const gone = await streamsGone(parts);
  if (store.served() === undefined || gone.size > 0)
    await build(parts, store.begin(gone.size > 0), gone, projection.name, options, listener);
  if (options.signal.aborted) return;
  await follow(parts, store.served() ?? store.begin(), projection.name, options, listener);
}

/**
 * Builds the view anew beside the served one, which answers queries meanwhile, and puts it in its place.
 * Reads as `<name>-rebuild`, since the projection itself may be running.
 */
export async function rebuildView(parts: ProjectionParts, options: ReadingOptions, listener: Listener): Promise<void> {
  const gone = await streamsGone(parts);
  await build(parts, parts.store.begin(true), gone, `${parts.projection.name}-rebuild`, options, listener);
}

async function build(
  parts: ProjectionParts,
  writer: ViewWriter,
  gone: ReadonlySet<string>,
  reader: string,
  options: ReadingOptions,
  listener: Listener,
): Promise<void> {
  // A view that another process still folds into may get ahead again while this one arrives.
  do await follow(parts, writer, reader, { ...options, untilCaughtUp: true }, listener);
  while (!options.signal.aborted && !writer.publish(gone));
}

/**
 * Streams of the served view that end before its position, or are not there any more: they were deleted, or made anew, and
 * what stands in them now is not what the view was made of.
 */
async function streamsGone({ store, source, projection }: ProjectionParts): Promise<ReadonlySet<string>> {
  // Read before the heads: another process may be getting on meanwhile.
  const positions = store.served()?.positions() ?? new Map<string, number>();
  const heads = await source.heads(projection.lanes);
  const gone = [...positions].filter(([stream, position]) => position > (heads.get(stream) ?? -1));
  return new Set(gone.map(([stream]) => stream));
}

async function follow(
  { projection, source, deadLetters, now, keepMs = 0 }: ProjectionParts,
  writer: ViewWriter,
  reader: string,
  { signal, untilCaughtUp = false }: ReadingOptions,
  listener: Listener,
): Promise<void> {
  const { lanes, types } = projection;
  const positions = () => writer.positions();
  const arrival = await expectArrival(source, projection, positions(), () => listener.onCaughtUp?.());
  await announce(writer, projection, deadLetters, listener);
  // Also what was confirmed and not kept: retention must know this reader from the beginning.
  for (const [stream, offset] of positions()) await source.confirm(reader, stream, offset);
  const handle = async (delivery: Delivery) => {
    if (delivery.lost) listener.onLost?.(delivery.stream, delivery.lost);
    writer.transact((transaction) => {
      const nowMs = now();
      const newestMs = foldDelivery(projection, delivery, transaction, nowMs);
      // An event from a clock that is ahead must not make everything old.
      if (newestMs !== undefined) forgetOld(projection, transaction, Math.min(newestMs, nowMs), keepMs);
    });
    await announce(writer, projection, deadLetters, listener);
    await source.confirm(reader, delivery.stream, delivery.upTo);
    listener.onProgress?.({ ...delivery, events: delivery.events.length });
    arrival.passed(delivery);
  };
  await source.read({ reader, lanes, positions, untilCaughtUp, signal, ...(types && { types }) }, handle);
  if (untilCaughtUp && !signal.aborted) arrival.ended();
}

/** Tells once, when every stream is handled up to the head that it has now. */
async function expectArrival(
  source: EventSource,
  { lanes }: Projection,
  positions: ReadonlyMap<string, number>,
  onArrival: () => void,
) {
  const heads = await source.heads(lanes);
  const ahead = new Map([...heads].filter(([stream, head]) => (positions.get(stream) ?? -1) < head));
  let isTold = false;
  const tell = () => {
    if (!isTold) onArrival();
    isTold = true;
  };
  if (ahead.size === 0) tell();
  return {
    passed({ stream, upTo }: Delivery) {
      if (upTo >= (ahead.get(stream) ?? Number.POSITIVE_INFINITY)) ahead.delete(stream);
      if (ahead.size === 0) tell();
    },
    ended: tell,
  };
}

/** At least once: what was parked is in the store first, and marked when it has been told. */
async function announce(
  writer: ViewWriter,
  { name }: Projection,
  deadLetters: DeadLetters | undefined,
  listener: Listener,
): Promise<void> {
  for (;;) {
    const parked = writer.unannounced();
    if (parked.length === 0) return;
    await deadLetters?.publish(parked.map((each) => ({ projection: name, ...each })));
    listener.onParked?.(parked);
    writer.announced(parked);
  }
}
