import { mayShareTransaction } from '../../machines/policy.ts';
import type { Epoch } from '../epoch.ts';
import type { ClientInfo, MailCommand } from '../ports/mail.ts';
import { envelopeOf } from './scan-input.ts';

/**
 * Whether the rules of the policy give all these recipients the same outcome, whatever is in the message: one reply must be right for
 * each of them. @param epoch undefined while the service does not run: then there are no rules yet
 */
export function shareRules(
  epoch: Pick<Epoch, 'settings'> | undefined,
  mailFrom: MailCommand,
  [first, ...others]: readonly MailCommand[],
  client: ClientInfo,
): boolean {
  if (epoch === undefined || first === undefined || epoch.settings.policy.rules.length === 0) return true;
  const { policy } = epoch.settings;
  const envelope = (recipient: MailCommand) => envelopeOf(epoch, mailFrom, recipient, client);
  const one = envelope(first);
  return others.every((other) => mayShareTransaction(policy, one, envelope(other)));
}
