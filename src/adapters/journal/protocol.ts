import type { JournalState } from '../../actors/ports/journal.ts';
import type { Lane } from '../../events/envelope.ts';
import type { Erasure } from '../../events/personal.ts';

/** The newest event of a subject in a lane that `latest()` can be asked for. */
export interface Mark {
  lane: Exclude<Lane, 'scans'>;
  subject: string;
  /** Its place in the commit, from 0. */
  offset: number;
}

/** Events that become one row: strings cross threads far cheaper than objects. */
export interface Chunk {
  /** Place of its first event in the commit, from 0. */
  offset: number;
  count: number;
  /** The latest `time` of its events, as written in them. */
  time: string;
  /** One JSON document a line. */
  body: string;
}

/** A reader's name with what it has handled, or null to forget it. */
export type ReaderChange = readonly [name: string, sequence: number | null];

/** What the main thread asks of the writer: one transaction. */
export interface CommitRequest {
  /** Sequence of the first event. A request that is already written is answered, not written twice. */
  first: number;
  count: number;
  chunks: readonly Chunk[];
  marks: readonly Mark[];
  readers: readonly ReaderChange[];
}

/** What came of it. The events were written exactly when `head` covers them. */
export interface CommitReply {
  head: number;
  state: JournalState;
  /** Whether the changes of `readers` are on disk. */
  isCommitted: boolean;
  /** Why the state is not `open`. */
  cause?: string;
}

/** What is to be erased; an id is done once, however often it is ordered. */
export interface ErasureOrder {
  id: string;
  what: Erasure;
}

/** An erasure has ended; those by age never do. */
export interface ErasureReport {
  id: string;
  /** In how many events something was erased. */
  events: number;
}

/** What the main thread tells the writer, besides what is to be committed. */
export type WriterMessage = CommitRequest | { erase: ErasureOrder } | 'close';

/** What the writer tells the main thread: an answer to each request, and what was erased. */
export type WriterReply = CommitReply | { erased: ErasureReport };

/** Given to the writer thread at its start. */
export interface WriterOptions {
  folder: string;
  /** Events are deleted, and at last refused, so that the file holds no more than this. */
  bytesMax: number;
  /** Age from which an event is deleted. */
  daysMax: number;
  /** Free space on the file system below which nothing is written. */
  freeBytesMin: number;
}
