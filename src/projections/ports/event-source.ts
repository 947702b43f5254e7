import type { Lane } from '../../events/envelope.ts';
import type { Wanted } from '../../events/wanted.ts';

/** An event on its way to a projection: not parsed yet, since it may be poison. */
export interface Delivered {
  /** Place in its stream; grows, in Kafka with gaps. */
  offset: number;
  /** The event as JSON text. */
  text: string;
}

/** Events of one stream (the journal, or one partition of a topic), in order. */
export interface Delivery {
  /** `journal`, or `<topic>/<partition>`. */
  stream: string;
  events: readonly Delivered[];
  /** Everything of this stream up to this offset is in here or is not wanted: where the next one goes on. */
  upTo: number;
  /** Offset of the newest event of the stream when this was read, for the lag. */
  head: number;
  /** A place from which on events that should be there were gone (retention passed the reader): told, never silent. */
  lost?: { from: number; to: number };
}

/** What a reader wants. A source may deliver more than these events. */
export interface Subscription extends Wanted {
  /** Name of the projection, or `<name>-rebuild` for a second reader beside it: the consumer group is `sekisho.<reader>`. */
  reader: string;
  /** Last offset of each stream that is already handled. Asked again whenever a stream is (re)assigned. */
  positions(): ReadonlyMap<string, number>;
  /** Ends quietly at the newest events there were at the beginning, instead of waiting for more. */
  untilCaughtUp?: boolean;
  signal: AbortSignal;
}

/** The log as projections read it: at least once, in order within a stream. */
export interface EventSource {
  /** What the streams belong to. Offsets of one source mean nothing in another, so a view that changes its source is rebuilt. */
  readonly name: 'journal' | 'kafka';
  /**
   * Hands over deliveries one after the other; the next one only when the promise of the one before has resolved. A stream
   * without a position begins at the oldest event there is, and nothing counts as lost. Ends quietly at the abort of the signal.
   * Rejects with what `handle` rejects with; when the log cannot be read; and when a position lies beyond the newest event,
   * for then it is another log than the one that the view was made from.
   */
  read(subscription: Subscription, handle: (delivery: Delivery) => Promise<void>): Promise<void>;
  /** Newest offset of each stream of these lanes, for the lag; a stream that never had an event is left out, or has -1. */
  heads(lanes: readonly Lane[]): Promise<ReadonlyMap<string, number>>;
  /** A reader has handled everything up to here, durably. The journal's retention waits for it; Kafka shows it as lag. */
  confirm(reader: string, stream: string, offset: number): Promise<void>;
  close(): Promise<void>;
}
