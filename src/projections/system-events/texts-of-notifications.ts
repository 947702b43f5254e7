import type { Envelope } from '../../events/envelope.ts';
import { because, type Rules, silent, value } from './rule.ts';

const what = (event: Envelope) => `${value(event, 'kind')} (${value(event, 'channel')}, ${value(event, 'target')})`;

/** Notifications on their way. One that has to wait is told once, until it is sent or given up. */
export const notificationTexts: Rules = {
  'notification.sending': silent,
  'notification.kept': silent,
  'notification.sent': {
    ends: ['waiting'],
    say: (event) => ({
      ja: `通知を送信しました: ${what(event)}。`,
      en: `A notification was sent: ${what(event)}.`,
    }),
  },
  'notification.waiting': {
    once: 'waiting',
    say: (event) =>
      because(
        value(event, 'reason'),
        `通知 ${what(event)} を送信できません。再試行します`,
        `Notification ${what(event)} cannot be sent now and is tried again`,
      ),
  },
  'notification.given-up': {
    ends: ['waiting'],
    say: (event) =>
      because(
        value(event, 'reason'),
        `通知 ${what(event)} の送信を中止しました`,
        `Notification ${what(event)} was given up`,
      ),
  },
};
