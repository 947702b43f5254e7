import type { Envelope, Severity } from '../../events/envelope.ts';

/** How grave a log entry is, in the words of the log query. */
export const levels = ['error', 'warning', 'information'] as const;
export type Level = (typeof levels)[number];

/** The logs whose entries are kept in this form; message tracking has one of its own. */
export type EntryType = 'system' | 'policy' | 'audit';

/** The same in both languages. */
export interface Message {
  ja: string;
  en: string;
}

/** What is to be told, with a level if it is not that of the event. */
export type Said = Message & { level?: Level };

/** One line of a log (ログクエリ). What came from a mail is not escaped in it: whoever shows it escapes it. */
export interface LogEntry {
  /** Of the event. */
  id: string;
  /** RFC 3339 UTC. */
  time: string;
  type: EntryType;
  level: Level;
  message: Message;
  /** The aggregate: `server/sps.example.org:443`, `scan/<GUID>`. */
  subject: string;
  /** Of the scan or command that it belongs to. */
  correlationid?: string;
  /** The gateway, or the program, that says so. */
  source: string;
  /** Smart Protection Servers that it is about, `host:port` each. */
  servers?: readonly string[];
  /** Message-ID of the mail that it is about, without angle brackets. */
  messageId?: string;
  /** Of the event. */
  data: Readonly<Record<string, unknown>>;
}

const levelOf: Readonly<Record<Severity, Level>> = {
  ERROR: 'error',
  WARN: 'warning',
  INFO: 'information',
  DEBUG: 'information',
};

/** The entry that an event becomes in a log. @param more what else is known of it */
export function entryOf(
  type: EntryType,
  event: Envelope,
  { ja, en, level = levelOf[event.severitytext] }: Said,
  more: Pick<LogEntry, 'servers' | 'messageId'> = {},
): LogEntry {
  const { id, time, subject, correlationid, source, data } = event;
  const entry: LogEntry = { id, time, type, level, message: { ja, en }, subject, source, ...more, data };
  return correlationid === undefined ? entry : { ...entry, correlationid };
}
