import type { MessageScanInput } from '../../machines/message-scan.ts';
import { appliedRule, type RuledEnvelope, rulesFor } from '../../machines/policy.ts';
import type { Epoch } from '../epoch.ts';
import type { ClientInfo, MailCommand, ReceivedMessage } from '../ports/mail.ts';
import type { MessageNames, ReadNames } from '../ports/scanning.ts';

/** Recipients named in one event; the count is always whole. */
const recipientsPerEventMax = 50;

/** Of names that clients give, so much goes into an event: the longest that DNS allows. */
const nameCharactersMax = 255;

/** Message-ID and Subject. A message that cannot be read back has none; its scan says what is wrong. */
export async function namesOf(message: ReceivedMessage, readNames: ReadNames): Promise<MessageNames> {
  try {
    return readNames(await message.head());
  } catch {
    return { messageId: null, subject: null };
  }
}

/** What a scan begins with: the envelope, where it came from, what people find it by. The same rules apply to all of its recipients. */
export function scanInput(
  guid: string,
  { settings }: Pick<Epoch, 'settings'>,
  { mailFrom, recipients }: { mailFrom: MailCommand; recipients: readonly MailCommand[] },
  client: ClientInfo,
  message: MessageNames & { size: number; receivedMs: number },
): MessageScanInput {
  const policy = recipients.slice(0, 1).flatMap((recipient) => {
    const envelope = { ...envelopeOf({ settings }, mailFrom, recipient, client), messageBytes: message.size };
    return rulesFor(settings.policy, envelope).map(appliedRule);
  });
  return {
    guid,
    ...message,
    mailFrom: mailFrom.path,
    recipients: recipients.slice(0, recipientsPerEventMax).map(({ path }) => path),
    recipientCount: recipients.length,
    client: addressOf(client),
    clientName: forwarded(client, 'NAME'),
    helo: client.xforward.size > 0 ? forwarded(client, 'HELO') : client.helo.slice(0, nameCharactersMax),
    queueId: forwarded(client, 'IDENT'),
    messageMs: settings.messageMs,
    rule: settings.rule,
    ...(policy.length > 0 && { policy }),
  };
}

/** The client that the message came from: the one of the MTA before us, if that tells it. */
function addressOf({ address, xforward }: ClientInfo): string {
  return xforward.get('ADDR') ?? address;
}

/** What rules look at when a recipient comes. */
export function envelopeOf(
  { settings }: Pick<Epoch, 'settings'>,
  mailFrom: MailCommand,
  recipient: MailCommand,
  client: ClientInfo,
): RuledEnvelope {
  return {
    mailFrom: mailFrom.path,
    recipient: recipient.path,
    fromOwnNetwork: settings.isOwnClient(addressOf(client)),
  };
}

/** What the MTA before us says of its own client; null when it does not know. */
function forwarded({ xforward }: ClientInfo, attribute: string): string | null {
  const value = xforward.get(attribute) ?? '';
  return value === '' || value === '[UNAVAILABLE]' ? null : value.slice(0, nameCharactersMax);
}
