import { scanningError } from '../../machines/message-scan.ts';
import type { Epoch } from '../epoch.ts';
import type { Identity } from '../ports/identity.ts';
import {
  type ClientInfo,
  type MailCommand,
  type MailSession,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
  type ReceivedMessage,
  type Reply,
} from '../ports/mail.ts';
import type { ReadNames } from '../ports/scanning.ts';
import type { Works } from '../scan/work.ts';
import { namesOf, scanInput } from './scan-input.ts';
import type { ScanSlots } from './scan-slots.ts';
import { type SessionActorParts, startSessionActor } from './session-actor.ts';
import { shareRules } from './shared-rules.ts';

export interface MailSessionParts extends SessionActorParts {
  identity: Identity;
  nextHop: NextHop;
  readNames: ReadNames;
  works: Works;
  slots: ScanSlots;
  /** The epoch that takes messages now; undefined while the service does not run. */
  epoch: () => Epoch | undefined;
  /** A reply when no mail can be taken in. */
  refusal: () => Reply | undefined;
}

const nextHopTrouble: Reply = { code: 451, text: '4.4.1 Next hop not available, try again later' };
const notRunning: Reply = { code: 451, text: '4.3.2 Scan service is not running, try again later' };
/** RFC 5321 4.5.3.1.10: the client sends it in a transaction of its own. */
const otherRules: Reply = { code: 452, text: '4.5.3 Other rules apply to this recipient: send it on its own, please' };
const rulesChanged: Reply = { code: 451, text: '4.3.2 Settings have changed, try again' };
const badSequence: Reply = { code: 503, text: '5.5.1 Bad sequence of commands' };

/** The envelope of a message and its transaction with the next hop. */
interface Transaction {
  nextHop: NextHopTransaction;
  mailFrom: MailCommand;
  recipients: MailCommand[];
}

/**
 * One SMTP connection: the actor of its session, and the transaction with the next hop that goes in lock-step with the
 * client's (invariant 1): MAIL, RCPT and the final dot are answered with the next hop's own replies.
 */
export function createMailSession(parts: MailSessionParts, first: ClientInfo): MailSession {
  const actor = startSessionActor(parts, first);
  let client = first;
  let transaction: Transaction | undefined;

  function reset(): void {
    transaction?.nextHop.release();
    transaction = undefined;
  }

  /** A step with the next hop; its unavailability is 451, and ends the transaction. */
  async function withNextHop(step: () => Promise<Reply>): Promise<Reply> {
    try {
      return await step();
    } catch (error) {
      parts.onProblem('next hop', error);
      reset();
      return error instanceof NextHopUnavailable ? nextHopTrouble : scanningError;
    }
  }

  async function mail(command: MailCommand): Promise<Reply> {
    reset();
    const nextHop = await parts.nextHop.begin(client);
    transaction = { nextHop, mailFrom: command, recipients: [] };
    const reply = await nextHop.mail(command);
    if (reply.code >= 300) reset();
    return reply;
  }

  async function rcpt(command: MailCommand): Promise<Reply> {
    if (!transaction) return badSequence;
    const { mailFrom, recipients } = transaction;
    if (!shareRules(parts.epoch(), mailFrom, [...recipients.slice(0, 1), command], client)) return otherRules;
    const reply = await transaction.nextHop.rcpt(command);
    if (reply.code < 300) transaction.recipients.push(command);
    return reply;
  }

  async function scan(epoch: Epoch, message: ReceivedMessage): Promise<Reply> {
    if (!transaction || transaction.recipients.length === 0) return badSequence;
    const { nextHop, mailFrom, recipients } = transaction;
    // Other settings may be in force than when the recipients were taken.
    if (!shareRules(epoch, mailFrom, recipients, client)) return rulesChanged;
    const receivedMs = parts.clock.now();
    const names = await namesOf(message, parts.readNames);
    const giveBack = await parts.slots.take(epoch.settings.scansMax);
    if (!transaction) {
      giveBack();
      return scanningError;
    }
    const guid = parts.identity.guid();
    const input = scanInput(guid, epoch, transaction, client, { ...names, size: message.size, receivedMs });
    const policy = input.policy && { policy: input.policy };
    parts.works.set(guid, { guid, epoch, client, mailFrom, recipients, message, transaction: nextHop, ...policy });
    epoch.scans++;
    try {
      return await actor.scan(input);
    } finally {
      parts.works.delete(guid);
      giveBack();
      epoch.ended();
    }
  }

  return {
    mail(command, info) {
      client = info;
      const refusal = parts.refusal();
      return refusal ? Promise.resolve(refusal) : withNextHop(() => mail(command));
    },
    rcpt: (command) => withNextHop(() => rcpt(command)),
    async data(message) {
      try {
        const epoch = parts.epoch();
        return epoch ? await scan(epoch, message) : notRunning;
      } finally {
        message.dispose();
        reset();
      }
    },
    reset,
    close() {
      actor.close();
      reset();
    },
  };
}
