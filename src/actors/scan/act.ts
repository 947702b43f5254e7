import type { Verdict } from '../../events/scan.ts';
import type { ScanReply } from '../../machines/message-scan.ts';
import { type NextHop, NextHopUnavailable, type Quarantine } from '../ports/mail.ts';
import { QuarantineFull } from '../ports/quarantine-room.ts';
import type { MessageRewriter } from '../ports/scanning.ts';
import { changeRecipient } from './change-recipient.ts';
import { entryOf } from './kept-message.ts';
import { outgoing } from './outgoing.ts';
import type { Work } from './work.ts';

export interface ActParts {
  rewriter: MessageRewriter;
  nextHop: NextHop;
  quarantine: Quarantine;
  /** Copies of the action `archive`, in the form of the quarantine. */
  archive: (folder: string) => Quarantine;
  /** Milliseconds since 1970, for what is kept. */
  now: () => number;
  onProblem: (problem: string, error: unknown) => void;
}

/**
 * Carries out what the virus rule decided and gives the reply. Only called when the verdict is durable (invariant 1): then the
 * copies, fsynced; then the next hop; then the reply. Trouble of ours is 4xx (invariant 3).
 * @param signal the scan is given up: nothing more may be delivered
 */
export async function act(parts: ActParts, work: Work, verdict: Verdict, signal: AbortSignal): Promise<ScanReply> {
  try {
    if (verdict.also?.includes('archive')) await keep(parts, parts.archive(archiveFolder(work)), work, verdict);
    return await actions[verdict.action](parts, work, verdict, signal);
  } catch (error) {
    // Told by its keeper, once.
    if (error instanceof QuarantineFull)
      return { code: 452, text: `4.3.1 Insufficient system storage: the ${error.place} is full` };
    parts.onProblem(`scan ${work.guid}: ${verdict.action} failed`, error);
    if (error instanceof NextHopUnavailable)
      return { code: 451, text: '4.4.1 Next hop not available, try again later', by: 'next-hop' };
    return { code: 451, text: '4.3.0 Local trouble, try again later' };
  }
}

type Carry = (parts: ActParts, work: Work, verdict: Verdict, signal: AbortSignal) => Promise<ScanReply>;

const deliver: Carry = async ({ rewriter }, work, verdict) => {
  const reply = await work.transaction.data(outgoing(rewriter, work, verdict));
  return reply.code < 400 ? reply : { ...reply, by: 'next-hop' };
};

const actions: Readonly<Record<Verdict['action'], Carry>> = {
  pass: deliver,
  tag: deliver,
  delete_attachment: deliver,
  delete_all_attachments: deliver,
  change_recipient: changeRecipient,
  async quarantine(parts, work, verdict) {
    await keep(parts, parts.quarantine, work, verdict);
    return { code: 250, text: `2.0.0 Ok: quarantined as ${work.guid}` };
  },
  delete_message: async (_parts, _work, verdict) => ({
    code: 250,
    text: `2.0.0 Ok: message deleted by ${verdict.verdict === 'clean' ? 'the policy' : 'the virus rule'}`,
  }),
  reject: async (_parts, _work, verdict) => ({ code: 550, text: `5.7.1 Message refused: ${refusedFor(verdict)}` }),
};

/** The name of a rule is nothing that a sender needs to know. */
function refusedFor({ verdict }: Verdict): string {
  return verdict === 'clean' ? 'policy' : verdict;
}

/** The message as it was received. */
function keep({ now }: ActParts, place: Quarantine, work: Work, verdict: Verdict): Promise<void> {
  return place.store(entryOf(work, verdict, now()), [work.content as Buffer]);
}

function archiveFolder({ epoch: { settings } }: Work): string {
  if (settings.archiveFolder === undefined) throw new Error('no archive_folder');
  return settings.archiveFolder;
}
