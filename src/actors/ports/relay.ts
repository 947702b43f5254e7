/** What the relay needs from outside: the log as text, and somewhere to send it. */
import type { RelayTrouble } from '../../machines/relay.ts';

/** An event exactly as it stands in the journal: one JSON document. */
export interface JournalText {
  sequence: number;
  text: string;
}

/** The log, read in order and not parsed. */
export interface RelaySource {
  /**
   * The next events after a sequence, as many as make a good batch; none when there are no more. After 0 the first that is kept.
   * @throws {JournalGap} with the sequence to go on from in `found`.
   */
  read(after: number): readonly JournalText[];
  /** Resolves when there may be events after a sequence, or the signal aborts; never rejects. */
  more(after: number, signal: AbortSignal): Promise<void>;
}

/** An event that could not be sent as it is, and was put with the dead letters. */
export interface PutAside {
  sequence: number;
  reason: 'over-large' | 'unreadable';
  id: string;
  eventType: string;
  aggregate: string;
  bytes: number;
}

/** Where events are sent. Every method but `disconnect` throws `PublishFailure` and nothing else. */
export interface Publisher {
  /** Connects anew, with what the settings' files hold now; all topics are there when it resolves. */
  connect(): Promise<void>;
  /**
   * Resolves when every event is with all replicas in sync, in order within each aggregate. After a failure any of them may
   * be there: send them again, after another `connect`.
   */
  publish(events: readonly JournalText[]): Promise<readonly PutAside[]>;
  /** Never rejects. */
  disconnect(): Promise<void>;
}

/** Events could not be sent, now or until somebody acts. */
export class PublishFailure extends Error {
  readonly kind: RelayTrouble;
  /** What to do about it. */
  readonly remedy: string | undefined;
  constructor(kind: RelayTrouble, message: string, options?: ErrorOptions & { remedy?: string }) {
    super(message, options);
    this.name = 'PublishFailure';
    this.kind = kind;
    this.remedy = options?.remedy;
  }
}
