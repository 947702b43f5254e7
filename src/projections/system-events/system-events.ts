import type { Envelope } from '../../events/envelope.ts';
import type { Change, Projection, Row, Rows } from '../projection.ts';
import { entryOf, type Said } from './entry.ts';
import { ruleOf } from './texts.ts';

/** The log of system events: what `sekisho logs query --type system` shows. */
export const systemEvents: Projection = {
  name: 'system-events',
  about: 'the log of system events: what an administrator should know of servers, components and the service',
  version: 1,
  lanes: ['servers', 'system', 'commands'],
  tables: {
    entries: { columns: { time: 'time', level: 'text', type: 'text' } },
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
      ...(say && isNew && isDue ? [added(event, say(event))] : []),
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

function added(event: Envelope, said: Said): Change {
  const entry = entryOf(event, said);
  return { table: 'entries', key: entry.id, row: entry as unknown as Row };
}
