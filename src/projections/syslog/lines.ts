import type { Envelope } from '../../events/envelope.ts';
import { isWanted } from '../../events/wanted.ts';
import { audit } from '../audit/audit.ts';
import type { EntryType, Level, LogEntry, Message } from '../log-entries/entry.ts';
import type { Projection, Row } from '../projection.ts';
import { systemEvents } from '../system-events/system-events.ts';
import { messageLine, type OpenMessage, wantsForMessage } from './message-line.ts';

/** What syslog is told in one line. What came from outside is not escaped in it. */
export interface LogLine {
  /** Of the event: the same line may come twice, and has the same id then. */
  id: string;
  /** RFC 3339 UTC. */
  time: string;
  level: Level;
  /** One line for each message when it is answered; entries of the logs of system events and of audit. */
  kind: 'message' | EntryType;
  /** Names and values, in the order in which they are shown. */
  facts: readonly (readonly [string, string])[];
  message: Message;
}

/** What must be known of the events before to make the lines of the next ones. */
export interface LinesState {
  /** Messages that are being scanned, by GUID. */
  open: ReadonlyMap<string, OpenMessage>;
  /** Rows that the logs keep for themselves, by log, table and key: what was told and goes on. */
  rows: ReadonlyMap<string, Row>;
}

export const noLinesYet: LinesState = { open: new Map(), rows: new Map() };

const logs: readonly Projection[] = [systemEvents, audit];

/** Whether an event can make a line, from its type alone. */
export function mayMakeLine(type: string): boolean {
  return wantsForMessage(type) || logs.some((log) => isWanted(log, { type }));
}

/**
 * The lines that events make, in their order, and what must be known for the next ones. Pure: the state that is given stays as
 * it is, so that the same events may be tried again.
 */
export function linesOf(state: LinesState, events: readonly Envelope[]): { lines: LogLine[]; state: LinesState } {
  const next = { open: new Map(state.open), rows: new Map(state.rows) };
  const lines = events.flatMap((event) => {
    try {
      return [...entryLines(next.rows, event), ...messageLine(next.open, event)];
    } catch {
      // An event that cannot be folded is parked by the projections, which say so; the lines of the others go on.
      return [];
    }
  });
  return { lines, state: next };
}

function entryLines(rows: Map<string, Row>, event: Envelope): LogLine[] {
  return logs.filter((log) => isWanted(log, event)).flatMap((log) => entriesOf(log, rows, event).map(entryLine));
}

function entriesOf(log: Projection, rows: Map<string, Row>, event: Envelope): LogEntry[] {
  const place = (table: string, key: string) => `${log.name} ${table} ${key}`;
  const changes = log.fold(event, { get: (table, key) => rows.get(place(table, key)) });
  for (const { table, key, row } of changes) {
    if (table === 'entries') continue;
    if (row === undefined) rows.delete(place(table, key));
    else rows.set(place(table, key), row);
  }
  return changes.filter(({ table }) => table === 'entries').map(({ row }) => row as unknown as LogEntry);
}

function entryLine({ id, time, type, level, message, subject, correlationid, servers = [] }: LogEntry): LogLine {
  return {
    ...{ id, time, level, kind: type, message },
    facts: [
      ['subject', subject],
      ...servers.map((server): [string, string] => ['server', server]),
      ...(correlationid === undefined ? [] : [['correlation', correlationid] as const]),
    ],
  };
}
