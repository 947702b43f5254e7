import type { Envelope } from '../../events/envelope.ts';
import type { Due } from '../../events/notification.ts';
import type { Change, Projection, Row, Rows } from '../projection.ts';
import { ruleOf } from '../system-events/texts.ts';
import { tellOnce, toldTable } from '../told.ts';
import { deferral, isDeferral } from './deferred.ts';
import { kindOfEvent } from './kinds-of-events.ts';
import { dueOfAnswered } from './messages.ts';
import { notificationOf } from './notification-of.ts';

/** The table of what is to be told. Whoever runs the projection puts its rows into the outbox instead of the view. */
export const dueTable = 'due';

/**
 * Decides what is worth telling, for all settings alike: an outage once, as the log of system events does. Whether it goes
 * out, by which way and when, the outbox decides (`src/actors/notifications`), and nothing here is ever sent twice: ids are
 * made from the log.
 */
export const notifications: Projection = {
  name: 'notifications',
  about: 'what administrators are to be told of; what became of it, `sekisho notify list` shows',
  version: 1,
  lanes: ['servers', 'system', 'scans'],
  types: [
    ...['sekisho.server.', 'sekisho.method.', 'sekisho.updater.', 'sekisho.journal.', 'sekisho.certificate.'],
    ...['sekisho.scan.answered.', 'sekisho.scan.deferred.'],
  ],
  tables: { [dueTable]: { columns: {} }, told: toldTable, deferred: { columns: { lastMs: 'time' } } },
  ages: [{ table: 'deferred' }],
  fold(event, rows) {
    if (event.type.startsWith('sekisho.scan.')) {
      if (!isDeferral(event)) return dueOfAnswered(event).map(dueChange);
      const { due, changes } = deferral(event, rows);
      return [...due.map(dueChange), ...changes];
    }
    return foldTransition(event, rows);
  },
};

function foldTransition(event: Envelope, rows: Rows): readonly Change[] {
  const { isDue, changes } = tellOnce(ruleOf(event), event, rows);
  const kindOf = kindOfEvent(event);
  if (!isDue || kindOf === undefined || kindOf.isTold?.(event) === false) return changes;
  const notification = notificationOf(event, kindOf.kind, kindOf.values(event));
  return [dueChange({ notification }), ...changes];
}

function dueChange(due: Due): Change {
  return { table: dueTable, key: due.notification.id, row: due as unknown as Row };
}
