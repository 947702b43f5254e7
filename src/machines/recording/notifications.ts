import type { NotificationContext } from '../notification.ts';
import type { StreamRule } from './stream-rule.ts';

/** A notification on its way to one target. */
export const notification: StreamRule<NotificationContext> = {
  lane: 'notifications',
  subject: ({ notification: id, channel, target }) => `notification/${id}/${channel}/${target}`,
  input: ({ notification: id, kind, channel, target, about, ...more }) => {
    const { triedBefore, waitedBeforeMs, retryMs, retryMsMax, giveUpMs, sendMs, refusal } = more;
    return {
      ...{ notification: id, kind, channel, target, about },
      ...{ triedBefore, waitedBeforeMs, retryMs, retryMsMax, giveUpMs, sendMs, refusal },
    };
  },
  facts: ({ notification: id, kind, channel, target, about, attempts, waitedMs, reason, outcome }) => ({
    ...{ notification: id, kind, channel, target, about, attempts, waitedMs, reason, outcome },
  }),
  severity: (_context, state) => (({ Waiting: 'WARN', GivenUp: 'ERROR', Sending: 'DEBUG' }) as const)[state] ?? 'INFO',
};
