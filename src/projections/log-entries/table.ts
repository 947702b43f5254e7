import type { Change, Row, Table } from '../projection.ts';
import type { LogEntry } from './entry.ts';

/**
 * The table `entries` of a projection that is a log: `tables: { entries: entryTable }`. Found by time, by level and time, and
 * by the message, each in the order of time.
 */
export const entryTable: Table = {
  columns: { time: 'time', level: 'text', messageId: 'text' },
  indexes: [['time'], ['level', 'time'], ['messageId', 'time']],
};

/** The change that adds an entry. */
export function added(entry: LogEntry): Change {
  return { table: 'entries', key: entry.id, row: entry as unknown as Row };
}
