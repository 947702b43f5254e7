import { styleText } from 'node:util';
import { printable } from '../../events/printable.ts';
import type { LogEntry } from '../../projections/log-entries/entry.ts';
import type { Language } from '../language.ts';
import { shownJson } from '../shown-json.ts';
import { padded } from '../text-table.ts';
import { csvRecord } from './csv.ts';
import type { LogFormats } from './format.ts';
import { levelColumns, levelName } from './log-types.ts';

const colours = { error: 'red', warning: 'yellow', information: 'cyan' } as const;

/** System, policy and audit logs. */
export const entryFormats: LogFormats<LogEntry> = {
  *table(entries, language) {
    for (const entry of entries) yield `${tableLine(entry, language)}\n`;
  },
  *json(entries) {
    for (const entry of entries) yield `${jsonLine(entry)}\n`;
  },
  *csv(entries, language) {
    yield csvRecord(Object.keys(csvCells));
    for (const entry of entries)
      yield csvRecord(Object.values(csvCells).map((cell) => printable(cell(entry, language))));
  },
};

function tableLine({ time, level, message, subject }: LogEntry, language: Language): string {
  const word = padded(levelName(level, language), levelColumns[language]);
  const aside = styleText('dim', printable(subject), { stream: process.stdout });
  return styleText(colours[level], `${time}  ${word}  ${printable(message[language])}  ${aside}`, {
    stream: process.stdout,
  });
}

/** What other programs read; the order of the fields is theirs, too. */
function jsonLine(entry: LogEntry): string {
  const { id, time, type, level, message, subject, correlationid, data, source, servers, messageId } = entry;
  return shownJson({ id, time, type, level, message, subject, correlationid, data, source, servers, messageId });
}

/** The columns of CSV: names are the same in all languages, words are of the one asked for. */
const csvCells: Readonly<Record<string, (entry: LogEntry, language: Language) => string>> = {
  time: ({ time }) => time,
  type: ({ type }) => type,
  level: ({ level }, language) => levelName(level, language),
  message: ({ message }, language) => message[language],
  subject: ({ subject }) => subject,
  servers: ({ servers = [] }) => servers.join(' '),
  messageId: ({ messageId = '' }) => messageId,
  correlationid: ({ correlationid = '' }) => correlationid,
  source: ({ source }) => source,
  id: ({ id }) => id,
};
