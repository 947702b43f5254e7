import type { Envelope } from '../../events/envelope.ts';
import type { Due, Notification, NotificationKind } from '../../events/notification.ts';
import { isUneventful, type Verdict } from '../../events/scan.ts';
import { value } from '../system-events/rule.ts';
import { notificationOf } from './notification-of.ts';

/** What people know a message by, as `data.message` of an event; gateways before 0.3.0 did not say it. */
export interface MessageFacts {
  mailFrom: string;
  recipients: readonly string[];
  messageId?: string | null;
  queueId?: string | null;
  subject?: string | null;
}

/** Names in one value; a message may have thousands. */
const namesMax = 10;

/** What is told of a message that was answered for good: what was found in it, and to whom the virus rule says so. */
export function dueOfAnswered(event: Envelope): Due[] {
  const { verdict, message } = event.data as { verdict?: Verdict; message?: MessageFacts };
  if (verdict === undefined || message === undefined || isUneventful(verdict)) return [];
  const values = valuesOf(event, verdict, message);
  const notices = verdict.notices ?? [];
  const isRuled = verdict.verdict === 'clean';
  const asked = notices.some(({ whom }) => whom === 'administrator');
  const found = {
    notification: notificationOf(event, kindOf(verdict), values),
    ...(asked && { asked: true as const }),
  };
  const personal = notices.flatMap(({ whom, to }) =>
    whom === 'administrator' || to === undefined
      ? []
      : [notice(event, `${isRuled ? 'policy' : 'notice'}-to-${whom}`, values, to)],
  );
  return [found, ...personal];
}

/** Mail that is ambiguous is told as what could not be scanned for sure. */
function kindOf({ verdict }: Verdict): NotificationKind {
  if (verdict === 'clean') return 'policy';
  return verdict === 'malware' ? 'malware' : 'unscannable';
}

function notice(event: Envelope, kind: NotificationKind, values: Notification['values'], to: string): Due {
  const notification = notificationOf(event, kind, values);
  return { notification: { ...notification, id: `${notification.id}/${to}`, to: [to] } };
}

function valuesOf(event: Envelope, verdict: Verdict, message: MessageFacts): Record<string, string> {
  const { malware, ambiguous = [], unscannable, rule, ruleFiles = [] } = verdict;
  const unsure = [...ambiguous, ...unscannable];
  const found = { clean: ruleFiles, malware, ambiguous: unsure, unscannable: unsure }[verdict.verdict];
  return {
    malware: listed(malware.map(({ name }) => name)),
    reason: verdict.verdict === 'clean' ? `rule ${rule ?? ''}` : listed(unsure.map((each) => each.reason)),
    file: listed(found.map(({ path }) => path.join('/'))),
    ...envelopeValues(message),
    action: verdict.action,
    scan: event.correlationid ?? '',
  };
}

/** Of who wrote to whom. */
export function envelopeValues({ mailFrom, recipients, subject }: MessageFacts) {
  return { from: mailFrom || '<>', to: listed(recipients), subject: subject ?? '' };
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length - namesMax;
  return `${different.slice(0, namesMax).join(', ')}${more > 0 ? `, … (+${more})` : ''}`;
}

/** Why a message was deferred: what its sender was told. */
export function deferralReason(event: Envelope): string {
  return value(event, 'reply.text') || value(event, 'failure');
}
