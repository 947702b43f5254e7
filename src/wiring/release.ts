import {
  type MailCommand,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
  type QuarantineEntry,
  type Reply,
} from '../actors/ports/mail.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { nextHop } from './next-hop.ts';

/** What came of a release for one recipient. */
export interface ReleaseOutcome {
  recipient: string;
  /** `unknown`: the connection broke when the message was with the next hop, which may have it. */
  outcome: 'delivered' | 'refused' | 'unknown';
  /** Why it was not delivered: the next hop's reply, or what was wrong with it. */
  reason: string;
}

/** Told of each transaction with the next hop when it has ended. */
export type OnOutcomes = (outcomes: readonly ReleaseOutcome[]) => Promise<void>;

/** Delivers a message out of quarantine, unscanned, to the next hop: each recipient once, and none is given up for another. */
export async function releaseFromQuarantine(
  settings: Settings,
  entry: QuarantineEntry,
  recipients: readonly MailCommand[],
  content: readonly Uint8Array[],
  onOutcomes: OnOutcomes,
): Promise<void> {
  const hop = nextHop(settings, () => undefined);
  try {
    await release(hop, entry, recipients, content, onOutcomes);
  } finally {
    await hop.close();
  }
}

async function release(
  hop: NextHop,
  entry: QuarantineEntry,
  recipients: readonly MailCommand[],
  content: readonly Uint8Array[],
  onOutcomes: OnOutcomes,
): Promise<void> {
  let waiting = recipients;
  while (waiting.length > 0) {
    const { outcomes, later } = await oneTransaction(hop, entry, waiting, content);
    await onOutcomes(outcomes);
    waiting = later;
  }
}

interface Transacted {
  outcomes: ReleaseOutcome[];
  /** The next hop wants them in a transaction of their own (452 to RCPT, as always with LMTP). */
  later: MailCommand[];
}

async function oneTransaction(
  hop: NextHop,
  entry: QuarantineEntry,
  recipients: readonly MailCommand[],
  content: readonly Uint8Array[],
): Promise<Transacted> {
  const outcomes: ReleaseOutcome[] = [];
  const [accepted, later]: [MailCommand[], MailCommand[]] = [[], []];
  const note = (commands: readonly MailCommand[], outcome: ReleaseOutcome['outcome'], reason: string) =>
    outcomes.push(...commands.map(({ path }) => ({ recipient: path, outcome, reason })));
  let transaction: NextHopTransaction | undefined;
  let isContentSent = false;
  try {
    transaction = await hop.begin({ id: entry.id, port: 0, xforward: new Map(), ...entry.client });
    const reply = await transaction.mail(entry.mailFrom);
    if (!isYes(reply)) note(recipients, 'refused', `MAIL: ${textOf(reply)}`);
    else {
      for (const recipient of recipients) {
        const answer = await transaction.rcpt(recipient);
        if (isYes(answer)) accepted.push(recipient);
        else if (answer.code === 452 && accepted.length > 0) later.push(recipient);
        else note([recipient], 'refused', textOf(answer));
      }
    }
    if (accepted.length > 0) {
      isContentSent = true;
      const last = await transaction.data(content);
      note(accepted, isYes(last) ? 'delivered' : 'refused', textOf(last));
    }
    return { outcomes, later };
  } catch (error) {
    if (!(error instanceof NextHopUnavailable)) throw error;
    const left = recipients.filter(({ path }) => !outcomes.some(({ recipient }) => recipient === path));
    const perhaps = isContentSent ? accepted : [];
    note(perhaps, 'unknown', error.message);
    note(
      left.filter((each) => !perhaps.includes(each)),
      'refused',
      error.message,
    );
    return { outcomes, later: [] };
  } finally {
    transaction?.release();
  }
}

const isYes = ({ code }: Reply) => code < 300;
const textOf = ({ code, text }: Reply) => `${code} ${text}`;
