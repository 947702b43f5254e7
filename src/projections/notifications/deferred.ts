import type { Envelope } from '../../events/envelope.ts';
import type { Due } from '../../events/notification.ts';
import { erased } from '../../events/personal.ts';
import type { Change, Row, Rows } from '../projection.ts';
import { deferralReason, envelopeValues, type MessageFacts } from './messages.ts';
import { notificationOf } from './notification-of.ts';

/** First and last deferral of a message, ms since 1970. */
interface DeferredRow {
  firstMs: number;
  lastMs: number;
}

const hourMs = 3_600_000;

/** Whether the sender of a message was told to keep it: by the scan, by an action that failed, or by the next hop. */
export function isDeferral({ data }: Envelope): boolean {
  const { state, reply } = data as { state?: string; reply?: { code: number } | null };
  return state === 'Deferred' || Math.floor((reply?.code ?? 0) / 100) === 4;
}

/**
 * A message that was deferred, and how long that has been going on since its first deferral. Its tries are scans of their own, which may
 * come in any order; so nothing here depends on it, and the id is that of the message.
 */
export function deferral(event: Envelope, rows: Rows): { due: Due[]; changes: Change[] } {
  const { message } = event.data as { message?: MessageFacts };
  // Without personal data all messages would be one; they are of long ago.
  if (message === undefined || message.recipients.includes(erased)) return { due: [], changes: [] };
  const key = messageKey(message);
  const known = rows.get('deferred', key) as DeferredRow | undefined;
  const timeMs = Date.parse(event.time);
  const firstMs = Math.min(timeMs, known?.firstMs ?? timeMs);
  const lastMs = Math.max(timeMs, known?.lastMs ?? timeMs);
  const lastedMs = lastMs - firstMs;
  const change = { table: 'deferred', key, row: { firstMs, lastMs } satisfies DeferredRow as unknown as Row };
  if (lastedMs < hourMs) return { due: [], changes: [change] };
  const values = {
    hours: String(Math.floor(lastedMs / hourMs)),
    message_id: message.messageId ?? '',
    ...envelopeValues(message),
    reason: deferralReason(event),
  };
  const notification = { ...notificationOf(event, 'mail-deferred', values), id: `${key}/mail-deferred` };
  const since = new Date(firstMs).toISOString();
  return { due: [{ notification: { ...notification, since }, lastedMs }], changes: [change] };
}

/** The same at each try: one mail may come in several messages, to others. A digest, as addresses are nothing for an id. */
function messageKey({ messageId, queueId, mailFrom, recipients, subject }: MessageFacts): string {
  return digest(JSON.stringify([messageId ?? queueId ?? subject ?? '', mailFrom, recipients]));
}

/** FNV-1a with 2 x 32 bits: no secret, only short. */
function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code ^ (low >>> 15), 0x01000193);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
