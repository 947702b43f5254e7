import type { NotificationText } from '../../actors/ports/notifications.ts';
import { gatewaySource } from '../../events/command.ts';
import type { Notification } from '../../events/notification.ts';
import type { Language, Templates } from './load-templates.ts';
import { fillTemplate } from './template.ts';

/** Makes the words of notifications, in one language or in both. */
export function createTexts(
  templates: Templates,
  language: Language | 'both',
): (notification: Notification) => NotificationText {
  const inLanguage = (chosen: Language, notification: Notification) =>
    fillTemplate(templates[chosen][notification.kind], valuesOf(notification));
  if (language !== 'both') return (notification) => inLanguage(language, notification);
  return (notification) => {
    const [ja, en] = [inLanguage('ja', notification), inLanguage('en', notification)];
    return {
      subject: `${ja.subject} / ${en.subject}`,
      body: `${ja.body}\n${'-'.repeat(64)}\n${en.subject}\n\n${en.body}`,
    };
  };
}

function valuesOf({ id, kind, time, since, source, count, values }: Notification): Record<string, string> {
  const gateway = source.replace(gatewaySource(''), '');
  return { ...values, id, kind, time, since, gateway, count: String(count) };
}
