import { lanes } from '../../../src/events/lane.ts';
import type { Projection } from '../../../src/projections/projection.ts';

/** Counts how often each event is folded: once, whatever happens. */
export const counting: Projection = {
  name: 'counting',
  about: 'how often each event was folded',
  version: 1,
  lanes,
  tables: { events: { columns: {} } },
  fold(event, rows) {
    const times = Number(rows.get('events', event.id)?.times ?? 0) + 1;
    return [{ table: 'events', key: event.id, row: { id: event.id, times } }];
  },
};
