import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { DeliveryRecord } from '../../actors/ports/notification-outbox.ts';
import { deliveryRecord } from './delivery-row.ts';
import { OutboxUnusable } from './outbox-file.ts';

/**
 * Deliveries of an outbox that others may be using, newest first; none when there is no outbox yet.
 * @throws {OutboxUnusable}
 */
export function readDeliveries(file: string, limit: number): DeliveryRecord[] {
  if (!existsSync(file)) return [];
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
    return db.prepare('SELECT * FROM deliveries ORDER BY number DESC LIMIT ?').all(limit).map(deliveryRecord);
  } catch (error) {
    throw new OutboxUnusable(file, error);
  } finally {
    db?.close();
  }
}
