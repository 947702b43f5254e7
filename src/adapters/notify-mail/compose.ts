import { createHash } from 'node:crypto';
import type { SendMailOptions } from 'nodemailer';
import type { NotificationOrder } from '../../actors/ports/notifications.ts';

/**
 * The mail of a notification to one address. The null sender and the header keep machines from answering (RFC 3834), and
 * nodemailer folds and encodes each field: nothing in it can begin a new one.
 * @param from address of the sender in the header
 */
export function composeMail({ notification, text, target }: NotificationOrder, from: string): SendMailOptions {
  return {
    envelope: { from: '', to: [target] },
    from: { name: 'Sekisho', address: from },
    to: { name: '', address: target },
    subject: text.subject,
    text: text.body,
    messageId: messageIdOf(notification.id, from),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Sekisho-Notification': notification.kind,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Always the same for a notification: whoever gets it twice can know it. */
export function messageIdOf(notification: string, from: string): string {
  const digest = createHash('sha256').update(notification).digest('hex').slice(0, 32);
  return `<${digest}.notification@${from.slice(from.lastIndexOf('@') + 1)}>`;
}
