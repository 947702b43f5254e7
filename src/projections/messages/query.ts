import { serverNamed } from '../../events/server-name.ts';
import type { Query, ViewReader } from '../ports/view-store.ts';
import { textPattern } from '../text-pattern.ts';
import { keysUnder } from './keys.ts';
import type { MessageEntry, Try } from './message.ts';
import type { ArrivalRow } from './rows.ts';
import { messageOfScan, tryOf } from './tries.ts';

type View = Pick<ViewReader, 'get' | 'query'>;

/** What is looked for; everything when a part is absent. */
export interface MessageQuery {
  /** Bounds of the time at which a try came, ms since 1970; `untilMs` is not included. */
  sinceMs?: number;
  untilMs?: number;
  /** See `textPattern`; looked for in everything that tracking shows of a message but its times. */
  text?: string;
  /** `host`, or `host:port`, of a Smart Protection Server that was asked. */
  server?: string;
  /** Message-ID without angle brackets. */
  messageId?: string;
  /** At most so many, the newest. */
  limit: number;
}

/** Messages with a try that fits, in the order of the newest such try, newest first. Read bit by bit. */
export function* queryMessages(view: View, query: MessageQuery): Generator<MessageEntry> {
  const { text = '', server, messageId, limit } = query;
  const isNamed = server === undefined ? () => true : serverNamed(server);
  const isWanted = textPattern(text);
  const arrivals = view.query('arrivals', {
    ...(messageId === undefined ? {} : { where: { messageId: messageId.slice(0, 250) } }),
    range: timeRange(query),
    orderBy: 'time',
    newestFirst: true,
  });
  const fits = (arrival: ArrivalRow) => {
    if (server === undefined && text === '') return true;
    const each = tryOf(view, arrival);
    return (server === undefined || serversOf(each).some(isNamed)) && wordsOf(each).some(isWanted);
  };
  yield* distinct(view, arrivals as Iterable<unknown> as Iterable<ArrivalRow>, limit, fits);
}

/**
 * Messages that a person means by a Message-ID (with or without angle brackets), a queue id, a GUID or the beginning of one (8
 * characters or more), or an address, of the sender or of one of the first 50 recipients; `<>` is the sender of bounces.
 * Case matters for Message-IDs and queue ids, as it does for Postfix.
 */
export function* findMessages(
  view: View,
  name: string,
  query: Pick<MessageQuery, 'sinceMs' | 'untilMs' | 'limit'>,
): Generator<MessageEntry> {
  if (name.trim() === '') return;
  const bare = name.trim().replace(/^<(.*)>$/, '$1');
  const isInTime = ({ time }: ArrivalRow) =>
    Date.parse(time) >= (query.sinceMs ?? Number.NEGATIVE_INFINITY) &&
    Date.parse(time) < (query.untilMs ?? Number.POSITIVE_INFINITY);
  // A queue id may look like the beginning of a GUID.
  const named = new Map([...byNames(view, bare, timeRange(query))].map((arrival) => [arrival.guid, arrival]));
  const newestFirst = [...named.values()].filter(isInTime).sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
  const found = newestFirst.length > 0 ? newestFirst : byAddress(view, bare.toLowerCase(), query);
  yield* distinct(view, found, query.limit);
}

function* byNames(view: View, name: string, range: NonNullable<Query['range']>): Generator<ArrivalRow> {
  if (name === '') return;
  const upper = name.toUpperCase();
  const queries: Query[] = [
    { where: { messageId: name.slice(0, 250) }, range },
    { where: { queueId: name }, range },
    ...(/^[0-9A-F]{8}[0-9A-F-]{0,28}$/.test(upper)
      ? [{ range: { column: 'key', from: upper, before: `${upper}~` } }]
      : []),
  ];
  for (const query of queries) yield* view.query('arrivals', query) as Iterable<unknown> as Iterable<ArrivalRow>;
}

function* byAddress(view: View, address: string, { sinceMs, untilMs }: Partial<MessageQuery>): Generator<ArrivalRow> {
  const bounds = {
    ...(sinceMs === undefined ? {} : { from: new Date(sinceMs).toISOString() }),
    ...(untilMs === undefined ? {} : { before: new Date(untilMs).toISOString() }),
  };
  const found = view.query('addresses', { range: keysUnder(address, bounds), orderBy: 'key', newestFirst: true });
  for (const { guid } of found) {
    const arrival = view.get('arrivals', String(guid));
    if (arrival !== undefined) yield arrival as unknown as ArrivalRow;
  }
}

/** The messages that scans belong to, each once: those of the scans that fit. */
function* distinct(
  view: View,
  arrivals: Iterable<ArrivalRow>,
  limit: number,
  fits: (arrival: ArrivalRow) => boolean = () => true,
): Generator<MessageEntry> {
  const seen = new Set<string>();
  let left = limit;
  if (left === 0) return;
  for (const arrival of arrivals) {
    if (seen.delete(arrival.guid) || !fits(arrival)) continue;
    const message = messageOfScan(view, arrival);
    // Remembered only as long as they are to come.
    for (const { guid } of message.tries) if (guid !== arrival.guid) seen.add(guid);
    yield message;
    left -= 1;
    if (left === 0) return;
  }
}

function timeRange({ sinceMs, untilMs }: Partial<MessageQuery>): NonNullable<Query['range']> {
  return {
    column: 'time',
    ...(sinceMs === undefined ? {} : { from: sinceMs }),
    ...(untilMs === undefined ? {} : { before: untilMs }),
  };
}

/** Servers that were asked. */
export function serversOf({ verdict, failures }: Try): string[] {
  return [...(verdict?.servers ?? []), ...failures.map(({ server }) => server)];
}

/** What a text is looked for in. */
function wordsOf(each: Try): string[] {
  const { guid, messageId, queueId, subject, client, clientName, helo, mailFrom, recipients, files } = each;
  const { verdict, end, outcome } = each;
  return [
    ...[guid, messageId, queueId, subject, client, clientName, helo, mailFrom].map((word) => word ?? ''),
    ...recipients,
    ...files.flatMap(({ path, sha256 }) => [path.join('/'), ...sha256]),
    ...(verdict?.malware ?? []).flatMap(({ name, sha256, path }) => [name, sha256, path.join('/')]),
    ...[...(verdict?.ambiguous ?? []), ...(verdict?.unscannable ?? [])].map(({ reason }) => reason),
    ...[outcome, verdict?.verdict ?? '', verdict?.action ?? '', verdict?.method ?? ''],
    ...(end ? [`${end.reply.code} ${end.reply.text}`, end.failure ?? ''] : []),
    ...serversOf(each),
  ];
}
