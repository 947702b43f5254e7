import { outcomeOf } from '../../events/command.ts';
import type { Envelope } from '../../events/envelope.ts';
import { entryOf } from '../log-entries/entry.ts';
import { added, entryTable } from '../log-entries/table.ts';
import type { Change, Projection, Rows } from '../projection.ts';
import { commandSaid, saidOf } from './texts.ts';

/** The audit log: what `sekisho logs query --type audit` shows. */
export const audit: Projection = {
  name: 'audit',
  about: 'the audit log: changes of settings, and what administrators did',
  version: 1,
  lanes: ['system', 'commands'],
  types: ['sekisho.settings.', 'sekisho.admin.', 'sekisho.command.'],
  tables: {
    entries: entryTable,
    /** Who gave the commands that run: `{ givenBy }`. */
    given: { columns: {} },
  },
  ages: [{ table: 'entries' }],
  fold(event, rows) {
    if (event.type.startsWith('sekisho.command.')) return command(event, rows);
    const said = saidOf(event);
    return said === undefined ? [] : [added(entryOf('audit', event, said))];
  },
};

/** Who gave it is in the first event of a command only. */
function command(event: Envelope, rows: Rows): readonly Change[] {
  // It may be given without ever coming to a gateway.
  if (outcomeOf(event) === undefined) return [added(entryOf('audit', event, commandSaid(event, event.source)))];
  const place = { table: 'given', key: `${event.source} ${event.subject}` };
  const { input, state } = event.data as { input?: { givenBy?: string | null }; state?: string };
  const givenBy = input === undefined ? rows.get(place.table, place.key)?.givenBy : input.givenBy;
  const by = typeof givenBy === 'string' ? givenBy : null;
  return [
    added(entryOf('audit', event, commandSaid(event, by))),
    state === 'Running' ? { ...place, row: { givenBy: by } } : place,
  ];
}
