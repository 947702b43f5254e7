/** What sending notifications needs from outside: ways to people. */
import type { ChannelName, Notification } from '../../events/notification.ts';

/** A notification in words, made of its templates: what came from outside is escaped, the subject is one line. */
export interface NotificationText {
  subject: string;
  /** Lines end in `\n`. */
  body: string;
}

/** One notification on its way to one target. */
export interface NotificationOrder {
  notification: Notification;
  text: NotificationText;
  /** One of the channel's targets, or an address of `notification.to`. */
  target: string;
  /** 1 for the first attempt. After a crash an attempt may be a repeat of one that had arrived. */
  attempt: number;
}

/** A way to people. Its timeouts are its own; an attempt ends within a minute. */
export interface NotificationChannel {
  readonly name: ChannelName;
  /** Who is told, by names that are the same at each start and may stand in a log: no keys, no communities. */
  readonly targets: readonly string[];
  /**
   * Sends to one target. Resolves when the other side has taken it (or, where nobody confirms, when it has left) with what the other side
   * said, in one line, for the log.
   * @throws {NotificationFailure} and nothing else; also when the signal aborts.
   */
  send(order: NotificationOrder, signal: AbortSignal): Promise<string>;
  /** Closes what is open. Never rejects. */
  close(): Promise<void>;
}

/** `temporary`: tried again with growing waits. `permanent`: another attempt would end the same (refused, no such recipient). */
export type FailureKind = 'temporary' | 'permanent';

/** A notification was not taken; the message says why in one line, without keys. */
export class NotificationFailure extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotificationFailure';
    this.kind = kind;
  }
}
