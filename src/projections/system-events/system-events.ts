import type { Envelope } from '../../events/envelope.ts';
import { entryOf, type LogEntry, type Said } from '../log-entries/entry.ts';
import { added, entryTable } from '../log-entries/table.ts';
import type { Change, Projection, Rows } from '../projection.ts';
import { ruleOf } from './texts.ts';

/** The log of system events: what `sekisho logs query --type system` shows. */
export const systemEvents: Projection = {
  name: 'system-events',
  about: 'the log of system events: what an administrator should know of servers, components and the service',
  version: 2,
  lanes: ['servers', 'system', 'commands'],
  tables: {
    entries: entryTable,
    /** What was told of an aggregate and goes on: `{ unavailable: true }`. */
    told: { columns: {} },
  },
  fold(event, rows) {
    const { say, once, ends = [], onlyAfter } = ruleOf(event);
    const told = toldOf(event, rows);
    const isNew = once === undefined || !told.includes(once);
    const isDue = onlyAfter === undefined || onlyAfter.some((name) => told.includes(name));
    const goesOn = told.filter((name) => !ends.includes(name));
    return [
      ...(say && isNew && isDue ? [added(entry(event, say(event)))] : []),
      ...(once !== undefined && isNew ? [remembered(event, [...goesOn, once])] : []),
      ...(goesOn.length < told.length ? [remembered(event, goesOn)] : []),
    ];
  },
};

/** Each gateway has its own view of a server. */
const keyOf = ({ source, subject }: Envelope) => `${source} ${subject}`;

function toldOf(event: Envelope, rows: Rows): readonly string[] {
  return Object.keys(rows.get('told', keyOf(event)) ?? {});
}

function remembered(event: Envelope, names: readonly string[]): Change {
  const change = { table: 'told', key: keyOf(event) };
  return names.length === 0 ? change : { ...change, row: Object.fromEntries(names.map((name) => [name, true])) };
}

function entry(event: Envelope, said: Said): LogEntry {
  const { server } = event.data;
  return entryOf('system', event, said, typeof server === 'string' ? { servers: [server] } : {});
}
