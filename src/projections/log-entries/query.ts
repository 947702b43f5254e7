import { serverNamed } from '../../events/server-name.ts';
import type { Query, ViewReader } from '../ports/view-store.ts';
import { textPattern } from '../text-pattern.ts';
import { levels as allLevels, type Level, type LogEntry } from './entry.ts';

/** What is looked for; everything when a part is absent. */
export interface LogQuery {
  levels?: readonly Level[];
  /** Bounds of the time, ms since 1970; `untilMs` is not included. */
  sinceMs?: number;
  untilMs?: number;
  /** See `textPattern`; looked for in both languages. */
  text?: string;
  /** `host`, or `host:port`. */
  server?: string;
  messageId?: string;
  /** At most so many, the newest. */
  limit: number;
}

/**
 * Entries that fit, newest first; those of the same time as the log has them, the later one first. Read bit by bit: level,
 * time and message by an index, text and server by looking at each entry until there are enough.
 */
export function* queryLog(view: Pick<ViewReader, 'query'>, query: LogQuery): Generator<LogEntry> {
  const { text = '', server, levels = allLevels, limit } = query;
  const isWanted = textPattern(text);
  const isAsked = server === undefined ? () => true : serverNamed(server);
  let left = limit;
  if (left === 0) return;
  for (const row of view.query('entries', indexed(query)) as Iterable<unknown> as Iterable<LogEntry>) {
    if (!levels.includes(row.level)) continue;
    if (!isWanted(row.message.ja) && !isWanted(row.message.en)) continue;
    if (server !== undefined && !row.servers?.some(isAsked)) continue;
    yield row;
    left -= 1;
    if (left === 0) return;
  }
}

/** The part of the query that the store has an index for. */
function indexed({ levels = allLevels, sinceMs, untilMs, messageId }: LogQuery): Query {
  const isEveryLevel = allLevels.every((level) => levels.includes(level));
  return {
    // A message has few entries: their level is looked at one by one.
    ...(messageId === undefined ? (isEveryLevel ? {} : { where: { level: levels } }) : { where: { messageId } }),
    range: {
      column: 'time',
      ...(sinceMs === undefined ? {} : { from: sinceMs }),
      ...(untilMs === undefined ? {} : { before: untilMs }),
    },
    orderBy: 'time',
    newestFirst: true,
  };
}
