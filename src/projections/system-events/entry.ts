import type { Envelope, Severity } from '../../events/envelope.ts';

/** How grave a log entry is, in the words of the log query. */
export type Level = 'error' | 'warning' | 'information';

/** The same in both languages. */
export interface Message {
  ja: string;
  en: string;
}

/** What is to be told, with a level if it is not that of the event. */
export type Said = Message & { level?: Level };

/** One line of the system event log (ログクエリ「システムイベント」). */
export interface SystemEvent {
  id: string;
  /** RFC 3339 UTC. */
  time: string;
  type: 'system';
  level: Level;
  message: Message;
  subject: string;
  /** Of the scan or command that it belongs to. */
  correlationid?: string;
  /** The gateway that says so. */
  source: string;
  data: Readonly<Record<string, unknown>>;
}

const levels: Readonly<Record<Severity, Level>> = {
  ERROR: 'error',
  WARN: 'warning',
  INFO: 'information',
  DEBUG: 'information',
};

/** The entry that an event becomes. */
export function entryOf(event: Envelope, { ja, en, level = levels[event.severitytext] }: Said): SystemEvent {
  const { id, time, subject, correlationid, source, data } = event;
  const entry: SystemEvent = { id, time, type: 'system', level, message: { ja, en }, subject, source, data };
  return correlationid === undefined ? entry : { ...entry, correlationid };
}
