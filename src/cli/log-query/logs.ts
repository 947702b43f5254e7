import { audit } from '../../projections/audit/audit.ts';
import { type LogQuery, queryLog } from '../../projections/log-entries/query.ts';
import { messages } from '../../projections/messages/messages.ts';
import { queryMessages } from '../../projections/messages/query.ts';
import { policyEvents } from '../../projections/policy-events/policy-events.ts';
import type { ViewReader } from '../../projections/ports/view-store.ts';
import type { Projection } from '../../projections/projection.ts';
import { systemEvents } from '../../projections/system-events/system-events.ts';
import type { Language } from '../language.ts';
import { entryFormats } from './entry-format.ts';
import type { Format, LogFormats } from './format.ts';
import type { LogType } from './log-types.ts';
import { messageFormats } from './message-format.ts';

type View = Pick<ViewReader, 'get' | 'query'>;

/** How it is shown. */
export interface Shown {
  format: Format;
  language: Language;
  /** Called when there is more than the limit. */
  onMore: () => void;
}

/** One of the logs. */
export interface Log {
  projection: Projection;
  /** Parts of the query that make no sense for it. */
  lacks: readonly (keyof LogQuery)[];
  /** What was found, as texts with their line ends, made bit by bit. */
  answer(view: View, wanted: LogQuery, shown: Shown): Iterable<string>;
}

/** Where each log is, and how it is asked and shown. */
export const logs: Readonly<Record<LogType, Log>> = {
  system: logOf(systemEvents, ['messageId'], queryLog, entryFormats),
  policy: logOf(policyEvents, [], queryLog, entryFormats),
  tracking: logOf(messages, ['levels'], queryMessages, messageFormats),
  audit: logOf(audit, ['server', 'messageId'], queryLog, entryFormats),
};

function logOf<Item>(
  projection: Projection,
  lacks: Log['lacks'],
  ask: (view: View, query: LogQuery) => Iterable<Item>,
  formats: LogFormats<Item>,
): Log {
  return {
    projection,
    lacks,
    answer(view, wanted, { format, language, onMore }) {
      const found = ask(view, { ...wanted, limit: wanted.limit + 1 });
      return formats[format](first(found, wanted.limit, onMore), language);
    },
  };
}

function* first<Item>(items: Iterable<Item>, limit: number, onMore: () => void): Generator<Item> {
  let left = limit;
  for (const item of items) {
    if (left === 0) return onMore();
    yield item;
    left -= 1;
  }
}
