/** What is kept of notifications until they are sent, and of those that were: so that nothing is sent twice. */
import type { ChannelName, Notification } from '../../events/notification.ts';

/** One notification for one target. */
export interface Delivery {
  notification: Notification;
  channel: ChannelName;
  target: string;
  /** Why it is not even tried. */
  refusal?: string;
}

/** A delivery that has not ended, oldest first. */
export interface OpenDelivery extends Delivery {
  /** Order in which they were added. */
  number: number;
  attempts: number;
  waitedMs: number;
}

/** How a delivery ended. */
export type DeliveryEnd = 'sent' | 'given-up';

/** A delivery as `sekisho notify list` shows it. */
export interface DeliveryRecord extends OpenDelivery {
  state: 'open' | DeliveryEnd;
  /** When it was added, and when it last changed; ms since 1970. */
  addedMs: number;
  changedMs: number;
  /** What the other side said last. */
  said: string | null;
}

/** A time in which notifications of one kind are counted instead of sent. */
export interface Window {
  /** What is counted together. */
  key: string;
  /** When it began and ends, ms since 1970. */
  beganMs: number;
  endsMs: number;
  /** What was counted so far: the last of it, with the count and the beginning; undefined while there is nothing. */
  digest: Notification | undefined;
  /** Ways by which the digest goes. */
  ways: readonly Pick<Delivery, 'channel' | 'target'>[];
}

/** Inside one transaction. */
export interface OutboxTransaction {
  /** Whether this id was never taken before; from now on it was. @param timeMs when it happened */
  take(id: string, timeMs: number): boolean;
  window(key: string): Window | undefined;
  /** Windows that are over at this time, or have yet to begin, as the clock was set back; oldest first. */
  windowsNotAt(ms: number): readonly Window[];
  putWindow(window: Window): void;
  dropWindow(key: string): void;
  /** @param nowMs ms since 1970 */
  add(delivery: Delivery, nowMs: number): void;
  /** How many have not ended. */
  openCount(): number;
}

/** Durable; one process sends, any may add and read. */
export interface NotificationOutbox {
  /** What happened before is not told: when notifications were switched on, or what was forgotten meanwhile. ms since 1970. */
  sinceMs(): number;
  /** Runs the work in one durable transaction; what it throws undoes all of it. */
  transact<Result>(work: (transaction: OutboxTransaction) => Result): Result;
  open(): readonly OpenDelivery[];
  /** An attempt begins: durable before anything is sent. */
  begin(number: number, attempts: number, nowMs: number): void;
  /** An attempt failed. */
  wait(number: number, waitedMs: number, said: string, nowMs: number): void;
  end(number: number, end: DeliveryEnd, said: string, nowMs: number): void;
  close(): void;
}
