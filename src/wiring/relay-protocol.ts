import type { Envelope, Lane } from '../events/envelope.ts';
import type { TransitionData } from '../machines/replay.ts';

/** What the thread of every relay is started with. */
export interface RelayWorkerOptions {
  journalFolder: string;
  /** CloudEvents source of its own events, and the first part of their ids: unique for ever. */
  source: string;
  idPrefix: string;
  /** The receiver has everything up to this sequence. */
  position: number;
  /** Why the thread before this one ended, if it did. */
  crash: string | null;
}

/** To the thread, besides `'stop'`: the journal's new head. */
export type ToRelay = number;

/** From the thread. */
export type FromRelay =
  | { kind: 'event'; lane: Lane; event: Envelope<TransitionData> }
  | { kind: 'confirm'; sequence: number }
  | { kind: 'problem'; message: string };
