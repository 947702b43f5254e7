import { takeIn } from '../actors/notifications/take-in.ts';
import { openOutbox } from '../adapters/notification-outbox/open-outbox.ts';
import { outboxFile } from '../adapters/notification-outbox/outbox-file.ts';
import type { Due } from '../events/notification.ts';
import { dueTable } from '../projections/notifications/notifications.ts';
import type { ViewStore, ViewTransaction, ViewWriter } from '../projections/ports/view-store.ts';
import { isNotifying, type NotifySettings, notificationPolicy } from './notification-channels.ts';
import type { TellProblem } from './tell-problem.ts';

/** Opens the outbox of a state folder, and makes it when it is not there: nothing that happened before is then told. */
export function openOutboxOf({ state }: Pick<NotifySettings, 'state'>, onProblem: TellProblem) {
  const file = outboxFile(state.folder);
  return openOutbox({ file, sinceMs: Date.now(), onProblem: (problem) => onProblem(problem, undefined) });
}

/**
 * The store of the projection `notifications`, with its outbox: what is due goes there instead of into the view, and is there before
 * the view's position moves. A crash between the two folds the same events again, which are due under the same ids; and so
 * does a rebuild, by whatever program. Without anybody to tell, nothing is due.
 */
export function withOutbox(store: ViewStore, settings: NotifySettings, onProblem: TellProblem): ViewStore {
  if (!isNotifying(settings)) return withDue(store, () => undefined);
  const outbox = openOutboxOf(settings, onProblem);
  const policy = notificationPolicy(settings);
  return {
    ...withDue(store, (due) => takeIn(outbox, policy, due, Date.now())),
    close() {
      store.close();
      outbox.close();
    },
  };
}

type Take = (due: readonly Due[]) => void;

function withDue(store: ViewStore, take: Take): ViewStore {
  return {
    ...store,
    served() {
      const writer = store.served();
      return writer && takingWriter(writer, take);
    },
    begin: (anew) => takingWriter(store.begin(anew), take),
  };
}

function takingWriter(writer: ViewWriter, take: Take): ViewWriter {
  return {
    isServed: () => writer.isServed(),
    positions: () => writer.positions(),
    publish: (gone) => writer.publish(gone),
    unannounced: () => writer.unannounced(),
    announced: (told) => writer.announced(told),
    transact: (work) =>
      writer.transact((transaction) => {
        const due: Due[] = [];
        const result = work(takingDue(transaction, due));
        take(due);
        return result;
      }),
  };
}

function takingDue(transaction: ViewTransaction, due: Due[]): ViewTransaction {
  return {
    ...transaction,
    apply(change) {
      if (change.table !== dueTable) transaction.apply(change);
      else if (change.row !== undefined) due.push(JSON.parse(change.row) as Due);
    },
  };
}
