import { printable } from '../../events/printable.ts';
import { messageColumns } from '../../projections/messages/columns.ts';
import { type MessageEntry, recordOf } from '../../projections/messages/message.ts';
import type { Language } from '../language.ts';
import { shownJson } from '../shown-json.ts';
import { tableLines } from '../text-table.ts';
import { csvRecord } from './csv.ts';
import type { LogFormats } from './format.ts';

/** Rows that say how wide the columns are. */
const measuredMax = 100;
/** Longest cell of the table, characters; `sekisho track` and the other formats have all of it. */
const cellMax = 40;

/** Message tracking. */
export const messageFormats: LogFormats<MessageEntry> = {
  *table(messages, language) {
    const headings = messageColumns.map(({ heading }) => heading[language]);
    for (const line of tableLines(headings, rows(messages, language), measuredMax)) yield `${line}\n`;
  },
  *json(messages) {
    for (const message of messages) yield `${shownJson(recordOf(message))}\n`;
  },
  *csv(messages, language) {
    yield csvRecord(messageColumns.map(({ name }) => name));
    for (const message of messages) {
      yield csvRecord(messageColumns.map(({ text }) => printable(text(message, language))));
    }
  },
};

function* rows(messages: Iterable<MessageEntry>, language: Language): Generator<string[]> {
  for (const message of messages) yield messageColumns.map(({ text }) => cut(printable(text(message, language))));
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= cellMax ? text : `${characters.slice(0, cellMax - 1).join('')}…`;
}
