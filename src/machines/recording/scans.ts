import { isUneventful } from '../../events/scan.ts';
import type { MessageScanContext, ScanReply } from '../message-scan.ts';
import type { SessionContext } from '../session.ts';
import type { StreamRule } from './stream-rule.ts';

/** One message. */
export const scan: StreamRule<MessageScanContext> = {
  lane: 'scans',
  isTimed: true,
  subject: (context) => `scan/${context.guid}`,
  correlation: (context) => context.guid,
  input: ({ guid, size, mailFrom, recipients, recipientCount, client, clientName, helo, ...more }) => {
    const { queueId, messageId, subject, automatic, receivedMs, messageMs, rule, policy } = more;
    return {
      ...{ guid, size, mailFrom, recipients, recipientCount, client, clientName, helo },
      ...{ queueId, messageId, subject, ...(automatic && { automatic }), receivedMs, messageMs, rule },
      ...(policy && { policy }),
    };
  },
  facts: (context, state) => {
    if (state === 'Verdict') return { verdict: context.verdict };
    if (state === 'Deferred') return { reply: context.reply, failure: context.failure, message: messageOf(context) };
    if (state !== 'Answered') return {};
    // Whoever tells people of it needs both, and would else have to remember every message from event to event.
    const { reply, verdict } = context;
    if (verdict !== null && !isUneventful(verdict)) return { reply, verdict, message: messageOf(context) };
    return isDeferral(reply) ? { reply, message: messageOf(context) } : { reply };
  },
  severity: (context, state) => {
    if (state === 'Deferred') return 'WARN';
    return state === 'Verdict' && context.verdict !== null && !isUneventful(context.verdict) ? 'WARN' : 'DEBUG';
  },
};

/** Whoever tells of messages that are deferred for long must know which one it is. */
const isDeferral = (reply: ScanReply | null) => reply !== null && reply.code >= 400 && reply.code < 500;

/** By what people know a message; addresses and names came with it. */
function messageOf({ mailFrom, recipients, recipientCount, messageId, queueId, subject }: MessageScanContext) {
  return { mailFrom, recipients, recipientCount, messageId, queueId, subject };
}

/** One client. */
export const session: StreamRule<SessionContext> = {
  lane: 'scans',
  subject: (context) => `session/${context.session}`,
  input: ({ session: id, client }) => ({ session: id, client }),
  facts: (context) => ({ messages: context.messages }),
  severity: () => 'DEBUG',
};
