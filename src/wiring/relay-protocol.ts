import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import type { TransitionData } from '../machines/replay.ts';

/** What the relay's thread is started with. */
export interface RelayWorkerOptions {
  journalFolder: string;
  access: KafkaAccess;
  topicPrefix: string;
  /** CloudEvents source of its own events, and the first part of their ids: unique for ever. */
  source: string;
  idPrefix: string;
  /** Kafka has everything up to this sequence. */
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
