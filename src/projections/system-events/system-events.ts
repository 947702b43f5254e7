import type { Envelope } from '../../events/envelope.ts';
import { entryOf, type LogEntry, type Said } from '../log-entries/entry.ts';
import { added, entryTable } from '../log-entries/table.ts';
import type { Projection } from '../projection.ts';
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
  },
  fold(event, rows) {
    const rule = ruleOf(event);
    const { isDue, changes } = tellOnce(rule, event, rows);
    return rule.say && isDue ? [added(entry(event, rule.say(event))), ...changes] : changes;
  },
};

function entry(event: Envelope, said: Said): LogEntry {
  const { server } = event.data;
  return entryOf('system', event, said, typeof server === 'string' ? { servers: [server] } : {});
}
