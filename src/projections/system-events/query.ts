import type { ViewReader } from '../ports/view-store.ts';
import { textPattern } from '../text-pattern.ts';
import type { Level, SystemEvent } from './entry.ts';

/** What is looked for; everything when a part is absent. */
export interface SystemEventQuery {
  levels?: readonly Level[];
  /** Bounds of the time, ms since 1970; `untilMs` is not included. */
  sinceMs?: number;
  untilMs?: number;
  /** See `textPattern`; looked for in both languages. */
  text?: string;
  /** At most so many, the newest. */
  limit: number;
}

/** Entries that fit, newest first. */
export function querySystemEvents(
  view: Pick<ViewReader, 'query'>,
  { levels, sinceMs, untilMs, text = '', limit }: SystemEventQuery,
): SystemEvent[] {
  const isWanted = textPattern(text);
  const rows = view.query('entries', {
    ...(levels === undefined ? {} : { where: { level: levels } }),
    range: {
      column: 'time',
      ...(sinceMs === undefined ? {} : { from: sinceMs }),
      ...(untilMs === undefined ? {} : { before: untilMs }),
    },
    orderBy: 'time',
    newestFirst: true,
  });
  const found: SystemEvent[] = [];
  for (const row of rows as Iterable<unknown> as Iterable<SystemEvent>) {
    if (found.length >= limit) break;
    if (isWanted(row.message.ja) || isWanted(row.message.en)) found.push(row);
  }
  return found;
}
