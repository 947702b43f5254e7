import type { Envelope } from '../../events/envelope.ts';
import { erasuresTable } from '../erasure.ts';
import { entryOf, type LogEntry, type Said } from '../log-entries/entry.ts';
import { eraseEntry } from '../log-entries/erase-entry.ts';
import { added, entryTable } from '../log-entries/table.ts';
import type { Change, Projection } from '../projection.ts';
import { tellOnce, toldTable } from '../told.ts';
import { ruleOf } from './texts.ts';

/** The log of system events: what `sekisho logs query --type system` shows. */
export const systemEvents: Projection = {
  name: 'system-events',
  about: 'the log of system events: what an administrator should know of servers, components and the service',
  version: 2,
  lanes: ['servers', 'system', 'notifications', 'commands'],
  tables: {
    entries: entryTable,
    told: toldTable,
    erasures: erasuresTable,
  },
  personal: { table: 'entries', erase: (row, eraser) => eraseEntry(row, eraser, said) },
  ages: [{ table: 'entries' }],
  fold(event, rows) {
    const rule = ruleOf(event);
    const { isDue, changes } = tellOnce(rule, event, rows);
    return rule.say && isDue ? [added(entry(event, rule.say(event))), ...changes] : changes;
  },
};

/** Of an event that was told: as it was told then. */
function said(event: Envelope): Change[] {
  const { say } = ruleOf(event);
  return say ? [added(entry(event, say(event)))] : [];
}

function entry(event: Envelope, said: Said): LogEntry {
  const { server } = event.data;
  return entryOf('system', event, said, typeof server === 'string' ? { servers: [server] } : {});
}
