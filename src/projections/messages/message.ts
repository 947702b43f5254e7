import type { ArrivalRow, EndFacts, FailureRow, VerdictFacts } from './rows.ts';

/** What became of one try of a message. `unfinished`: it goes on, or the client or the gateway went away. */
export type Outcome = 'delivered' | 'quarantined' | 'deleted' | 'rejected' | 'deferred' | 'unfinished';

/** One scan: what came in and what became of it. */
export interface Try extends ArrivalRow {
  outcome: Outcome;
  /** Absent when it had none. */
  verdict?: VerdictFacts;
  /** Absent while it is unfinished. */
  end?: EndFacts;
  /** Servers that were asked and did not answer, oldest first. */
  failures: readonly FailureRow[];
}

/** A message with all its tries: a sender that was told 4xx comes again. */
export interface MessageEntry {
  /** Oldest first; at least one. */
  tries: readonly Try[];
  /** The newest of them, which says how the message now stands. */
  last: Try;
  /** Tries that ended in 4xx. */
  deferrals: number;
  /** When it first came. */
  since: string;
  /** When its last try ended, or came when it has not ended. */
  until: string;
}

/** What a reply to the sender means for the message. */
export function outcomeOf(end: EndFacts | undefined, verdict: VerdictFacts | undefined): Outcome {
  if (end === undefined) return 'unfinished';
  if (end.reply.code >= 500) return 'rejected';
  if (end.reply.code >= 400) return 'deferred';
  if (verdict?.action === 'quarantine') return 'quarantined';
  return verdict?.action === 'delete_message' ? 'deleted' : 'delivered';
}

/** @param tries oldest first; at least one */
export function messageOf(tries: readonly [Try, ...Try[]]): MessageEntry {
  const [first] = tries;
  const last = tries.at(-1) ?? first;
  return {
    tries,
    last,
    deferrals: tries.filter(({ outcome }) => outcome === 'deferred').length,
    since: first.time,
    until: last.end?.time ?? last.time,
  };
}

/** A message as other programs read it: the newest try in short, then all of them. */
export function recordOf({ last, deferrals, since, until, tries }: MessageEntry): Record<string, unknown> {
  const { time, messageId, queueId, mailFrom, recipients, recipientCount, subject, outcome } = last;
  return {
    ...{ type: 'tracking', time, messageId, queueId, mailFrom, recipients, recipientCount, subject },
    ...{ outcome, deferrals, since, until, tries },
  };
}
