import type { Envelope } from '../../events/envelope.ts';
import { laneOf } from '../../events/lane.ts';
import type { Change, Projection, Row, Rows } from '../projection.ts';
import { entryOf, type SystemEvent } from './entry.ts';
import { type Outage, stepOutage } from './outage.ts';
import { shortName, texts, unknownText } from './texts.ts';

/** The log of system events: what `sekisho logs query --type system` shows. */
export const systemEvents: Projection = {
  name: 'system-events',
  about: 'the log of system events: what an administrator should know of servers, components and the service',
  version: 1,
  lanes: ['servers', 'system', 'commands'],
  tables: {
    entries: { columns: { time: 'time', level: 'text', type: 'text' } },
    outages: { columns: {} },
  },
  fold: (event, rows) => (laneOf(event) === 'servers' ? serverEvent(event, rows) : otherEvent(event)),
};

function serverEvent(event: Envelope, rows: Rows): readonly Change[] {
  // Each gateway has its own view of a server.
  const key = `${event.source} ${event.subject}`;
  const { outage, entry } = stepOutage(event, rows.get('outages', key) as Outage | undefined);
  return [{ table: 'outages', key, row: outage }, ...(entry === undefined ? [] : [added(entry)])];
}

function otherEvent(event: Envelope): readonly Change[] {
  const message = (texts[shortName(event.type)] ?? unknownText)(event);
  return message === undefined ? [] : [added(entryOf(event, message))];
}

function added(entry: SystemEvent): Change {
  return { table: 'entries', key: entry.id, row: entry as unknown as Row };
}
