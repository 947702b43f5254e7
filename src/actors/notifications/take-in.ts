import {
  type ChannelName,
  type Due,
  kindFacts,
  type Notification,
  type NotificationKind,
} from '../../events/notification.ts';
import type { Delivery, NotificationOutbox, OutboxTransaction, Window } from '../ports/notification-outbox.ts';

/** What the settings say of notifications. */
export interface NotificationPolicy {
  /** Who is told by each channel that is set; a channel that is not there is not used. */
  targets: Readonly<Partial<Record<ChannelName, readonly string[]>>>;
  /** Whether a kind is told by a channel. */
  isOn(kind: NotificationKind, channel: ChannelName): boolean;
  /** Of bounded kinds one is sent, and what follows within this time in one digest. */
  repeatMs: number;
  /** A message that is deferred is told of when it has lasted so long. */
  lastedMs: number;
  /** What happened longer ago is not told any more. */
  ageMsMax: number;
}

/** Deliveries that wait at one time; what comes on top is given up at once, and says so. */
export const openMax = 1000;

/**
 * Takes what is due into the outbox, each once: in one transaction it is remembered, and becomes deliveries or a part of
 * a digest. What is switched off, too old or from before notifications were switched on is remembered, too, and never sent.
 */
export function takeIn(
  outbox: NotificationOutbox,
  policy: NotificationPolicy,
  all: readonly Due[],
  nowMs: number,
): void {
  const isTold = (due: Due) => due.lastedMs === undefined || due.lastedMs >= policy.lastedMs;
  const due = all.filter(isTold);
  if (due.length === 0) return;
  const oldestMs = Math.max(outbox.sinceMs(), nowMs - policy.ageMsMax);
  outbox.transact((transaction) => {
    for (const each of due) {
      const { notification } = each;
      const timeMs = Date.parse(notification.time);
      if (!transaction.take(notification.id, timeMs) || timeMs < oldestMs) continue;
      const ways = waysOf(each, policy);
      if (ways.length === 0) continue;
      if (kindFacts(notification.kind).bounded) count(transaction, notification, ways, policy, nowMs);
      else send(transaction, notification, ways, nowMs);
    }
  });
}

/** Makes deliveries of the digests whose time is over. A window that counted something goes on; an empty one is over. */
export function releaseDigests(outbox: NotificationOutbox, { repeatMs }: NotificationPolicy, nowMs: number): void {
  outbox.transact((transaction) => {
    for (const window of transaction.windowsNotAt(nowMs)) release(transaction, window, repeatMs, nowMs);
  });
}

type Way = Pick<Delivery, 'channel' | 'target'>;

/** Where it goes: to the people it names, or to the targets of every channel that is on for the kind. */
function waysOf({ notification, asked }: Due, { targets, isOn }: NotificationPolicy): Way[] {
  const { kind, to } = notification;
  if (to !== undefined) return targets.mail === undefined ? [] : to.map((target) => ({ channel: 'mail', target }));
  const channels = (['mail', 'snmp'] as const).filter(
    (channel) => isOn(kind, channel) || (asked && channel === 'mail'),
  );
  return channels.flatMap((channel) => (targets[channel] ?? []).map((target) => ({ channel, target })));
}

/** The first of its kind is sent, and opens a window in which the others are counted. */
function count(
  transaction: OutboxTransaction,
  notification: Notification,
  ways: readonly Way[],
  { repeatMs }: NotificationPolicy,
  nowMs: number,
): void {
  const key = windowKey(notification);
  const over = transaction.window(key);
  if (over !== undefined && isOver(over, nowMs)) release(transaction, over, repeatMs, nowMs);
  const window = transaction.window(key);
  if (window === undefined) {
    send(transaction, notification, ways, nowMs);
    transaction.putWindow({ key, beganMs: nowMs, endsMs: nowMs + repeatMs, digest: undefined, ways });
  } else transaction.putWindow({ ...window, digest: digestOf(window.digest, notification), ways });
}

/** Also when a clock was set back behind its beginning: it would last for nobody knows how long. */
function isOver({ beganMs, endsMs }: Window, nowMs: number): boolean {
  return nowMs >= endsMs || nowMs < beganMs;
}

function release(transaction: OutboxTransaction, { key, digest, ways }: Window, repeatMs: number, nowMs: number): void {
  if (digest === undefined) {
    transaction.dropWindow(key);
    return;
  }
  send(transaction, digest, ways, nowMs);
  transaction.putWindow({ key, beganMs: nowMs, endsMs: nowMs + repeatMs, digest: undefined, ways });
}

/** What is counted together: a kind at a gateway, and for people named by the rule each of them. */
function windowKey({ kind, source, to }: Notification): string {
  return [kind, source, ...(to ?? [])].join('\n');
}

/** The last that was counted stands for all of them. Its id is its own and was never sent. */
function digestOf(before: Notification | undefined, last: Notification): Notification {
  if (before === undefined) return last;
  const [since] = [before.since, last.since].sort();
  return { ...last, since: since ?? last.since, count: before.count + last.count };
}

function send(transaction: OutboxTransaction, notification: Notification, ways: readonly Way[], nowMs: number): void {
  for (const way of ways) {
    const isFull = transaction.openCount() >= openMax;
    transaction.add(
      { notification, ...way, ...(isFull && { refusal: `${openMax} notifications wait already` }) },
      nowMs,
    );
  }
}
