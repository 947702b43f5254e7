import type { DeliveryRecord, OpenDelivery } from '../../actors/ports/notification-outbox.ts';
import type { ChannelName, Notification } from '../../events/notification.ts';

/** A row of `deliveries` that has not ended. */
export function openDelivery(row: Record<string, unknown>): OpenDelivery {
  return {
    number: Number(row.number),
    notification: JSON.parse(String(row.notification)) as Notification,
    channel: row.channel as ChannelName,
    target: String(row.target),
    ...(row.refusal !== null && { refusal: String(row.refusal) }),
    attempts: Number(row.attempts),
    waitedMs: Number(row.waited_ms),
  };
}

/** A row of `deliveries` for people. */
export function deliveryRecord(row: Record<string, unknown>): DeliveryRecord {
  return {
    ...openDelivery(row),
    state: row.state as DeliveryRecord['state'],
    addedMs: Number(row.added_ms),
    changedMs: Number(row.changed_ms),
    said: row.said === null ? null : String(row.said),
  };
}
