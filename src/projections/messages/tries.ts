import type { ViewReader } from '../ports/view-store.ts';
import { keysUnder } from './keys.ts';
import { type MessageEntry, messageOf, outcomeOf, type Try } from './message.ts';
import type { ArrivalRow, FailureRow, OutcomeRow } from './rows.ts';

/** Scans of one Message-ID that are looked at, the newest: a program may give all its mail the same. */
const candidatesMax = 1000;

/**
 * The message that a scan was a try of. Two scans are tries of one message when they have the same Message-ID (or both none)
 * and sender, and either the same recipients, or the same queue id: Postfix keeps that over all tries, also when a part of the
 * recipients has been served.
 */
export function messageOfScan(view: Pick<ViewReader, 'get' | 'query'>, scan: ArrivalRow): MessageEntry {
  const tries = together(scan, candidates(view, scan)).map((arrival) => tryOf(view, arrival));
  const [first = tryOf(view, scan), ...more] = tries;
  return messageOf([first, ...more]);
}

/** Scans that may belong to it, oldest first. */
function candidates(view: Pick<ViewReader, 'query'>, { messageId, queueId }: ArrivalRow): ArrivalRow[] {
  const where = messageId !== null ? { messageId } : queueId !== null ? { queueId } : undefined;
  if (where === undefined) return [];
  const newest = view.query('arrivals', { where, orderBy: 'time', newestFirst: true, limit: candidatesMax });
  return ([...newest] as unknown as ArrivalRow[]).reverse();
}

/** Those that are linked with the scan, directly or by others, in the order given. */
function together(scan: ArrivalRow, all: readonly ArrivalRow[]): readonly ArrivalRow[] {
  const isCandidate = all.some(({ guid }) => guid === scan.guid);
  const left = new Set(isCandidate ? all : [...all, scan]);
  const byLink = Map.groupBy(
    [...left].flatMap((arrival) => linksOf(arrival).map((link) => ({ link, arrival }))),
    ({ link }) => link,
  );
  const found = new Set<string>([scan.guid]);
  // The set grows while it is walked.
  const links = new Set(linksOf(scan));
  for (const link of links) {
    for (const { arrival } of byLink.get(link) ?? []) {
      found.add(arrival.guid);
      for (const more of linksOf(arrival)) links.add(more);
    }
  }
  return [...left].filter(({ guid }) => found.has(guid));
}

/** Scans that share one of these are tries of one message. */
function linksOf({ messageId, queueId, mailFrom, recipients }: ArrivalRow): string[] {
  const sender = JSON.stringify([messageId, mailFrom.toLowerCase()]);
  const to = [...new Set(recipients.map((recipient) => recipient.toLowerCase()))].sort();
  return [
    ...(queueId === null ? [] : [`${sender} queue ${queueId}`]),
    ...(messageId === null ? [] : [`${sender} to ${JSON.stringify(to)}`]),
  ];
}

/** A scan with what became of it. */
export function tryOf(view: Pick<ViewReader, 'get' | 'query'>, arrival: ArrivalRow): Try {
  const { guid } = arrival;
  const { verdict, end } = (view.get('outcomes', guid) ?? {}) as Partial<OutcomeRow>;
  // Most scans ask nothing.
  const failures = arrival.askedCount > 0 ? view.query('failures', { range: keysUnder(guid), orderBy: 'key' }) : [];
  return {
    ...arrival,
    outcome: outcomeOf(end, verdict),
    ...(verdict && { verdict }),
    ...(end && { end }),
    failures: [...failures] as unknown as FailureRow[],
  };
}
