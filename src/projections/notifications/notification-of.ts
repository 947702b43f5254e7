import type { Envelope } from '../../events/envelope.ts';
import { kindFacts, type Notification, type NotificationKind } from '../../events/notification.ts';

/** The notification that tells of an event: always the same one, however often the log is folded. It has every token of its kind. */
export function notificationOf(event: Envelope, kind: NotificationKind, known: Notification['values']): Notification {
  const { id, time, source, subject } = event;
  const values = Object.fromEntries(kindFacts(kind).tokens.map((token) => [token, known[token] ?? '']));
  return { id: `${id}/${kind}`, kind, time, since: time, source, subject, count: 1, values };
}
