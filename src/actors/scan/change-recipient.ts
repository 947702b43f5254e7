import type { Verdict } from '../../events/scan.ts';
import type { ScanReply } from '../../machines/message-scan.ts';
import {
  type EsmtpParameter,
  type MailCommand,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
  type Reply,
} from '../ports/mail.ts';
import type { MessageRewriter } from '../ports/scanning.ts';
import { outgoing } from './outgoing.ts';
import type { Work } from './work.ts';

interface ChangeRecipientParts {
  nextHop: NextHop;
  rewriter: MessageRewriter;
  onProblem: (problem: string, error: unknown) => void;
}

/**
 * Sends the message to one other address, in a transaction of its own: the one in lock-step with the client's has its recipients
 * already, and ends here without content. Whatever the next hop refuses is trouble of ours, as it is our address that it refuses: 451.
 * Throws `NextHopUnavailable`.
 */
export async function changeRecipient(
  { nextHop, rewriter, onProblem }: ChangeRecipientParts,
  work: Work,
  verdict: Verdict,
  signal: AbortSignal,
): Promise<ScanReply> {
  if (verdict.recipient === undefined) throw new Error('no address to change the recipient to');
  const content = outgoing(rewriter, work, verdict);
  const size = content.reduce((sum, { length }) => sum + length, 0);
  work.transaction.release();
  // From here on it is this one that ends when the scan is given up.
  work.transaction = await nextHop.begin(work.client);
  try {
    if (signal.aborted) throw new NextHopUnavailable('the scan was given up');
    const reply = await send(work.transaction, senderOf(work.mailFrom, size), recipientOf(verdict.recipient), content);
    if (reply.code < 300) return reply;
    onProblem(`scan ${work.guid}: the next hop refuses the other recipient: ${reply.code} ${reply.text}`, undefined);
    return { code: 451, text: '4.3.5 The virus rule cannot be carried out, try again later' };
  } finally {
    work.transaction.release();
  }
}

/** The first refusal, or the reply to the dot. */
async function send(
  transaction: NextHopTransaction,
  sender: MailCommand,
  recipient: MailCommand,
  content: readonly Uint8Array[],
): Promise<Reply> {
  const mail = await transaction.mail(sender);
  if (mail.code >= 300) return mail;
  const rcpt = await transaction.rcpt(recipient);
  return rcpt.code >= 300 ? rcpt : transaction.data(content);
}

/** What delivery reports are to say does not matter any more; the size is that of what is sent now. */
const replaced = new Set(['SIZE', 'RET', 'ENVID']);

function senderOf({ path, parameters }: MailCommand, size: number): MailCommand {
  const kept = parameters.filter(({ keyword }) => !replaced.has(keyword.toUpperCase()));
  const parameter: EsmtpParameter = { keyword: 'SIZE', value: String(size) };
  return { path, parameters: [...kept, parameter] };
}

/** The sender is to hear nothing of this address (RFC 3461 4.1): neither that it exists nor that it fails. */
function recipientOf(path: string): MailCommand {
  return { path, parameters: [{ keyword: 'NOTIFY', value: 'NEVER' }] };
}
