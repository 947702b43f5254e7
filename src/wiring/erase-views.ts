import { existsSync } from 'node:fs';
import { tryRunnerLock } from '../adapters/projection-store/runner-lock.ts';
import { compactViewFile, projectionsFolder, viewFile } from '../adapters/projection-store/view-file.ts';
import { addressEraser, eraserOf } from '../events/personal.ts';
import { projections } from '../projections/all.ts';
import { erasePart } from '../projections/erasure.ts';
import type { ViewTransaction, ViewWriter } from '../projections/ports/view-store.ts';
import type { Projection } from '../projections/projection.ts';
import { openView } from './open-view.ts';
import { openStore, type ProjectionSettings } from './projection-source.ts';
import type { TellProblem } from './tell-problem.ts';

/** Rows of one transaction: some tenths of a second at most. */
const rowsMax = 2000;

/** What was erased of a view. */
export interface ErasedView {
  name: string;
  /** Rows that were changed or removed. */
  rows: number;
}

/**
 * Takes an address out of all views, when they hold what is in the log now: the log must be rid of it before.
 * @param warn told, in one line, when a view may lack what was logged last
 */
export async function eraseInViews(
  settings: ProjectionSettings,
  address: string,
  warn: (line: string) => void,
): Promise<ErasedView[]> {
  const erased: ErasedView[] = [];
  const folder = projectionsFolder(settings.state.folder);
  for (const projection of projections) {
    const { name } = projection;
    if (!existsSync(viewFile(folder, name))) continue;
    (await openView({ settings, projection, warn })).close();
    const onProblem: TellProblem = (problem) => warn(problem);
    const store = openStore(settings, projection, onProblem);
    try {
      const view = store.served();
      if (view !== undefined) erased.push({ name, rows: eraseIn(view, projection, address) });
    } finally {
      store.close();
    }
  }
  compact(
    folder,
    erased.map(({ name }) => name),
  );
  return erased;
}

/** What was erased may still stand in unused parts of the files: made anew they have none, if nobody else is at work on them. */
function compact(folder: string, names: readonly string[]): void {
  const lock = tryRunnerLock(folder);
  if (lock === undefined) return;
  try {
    for (const name of names) compactViewFile(folder, name);
  } finally {
    lock.release();
  }
}

function eraseIn(view: ViewWriter, projection: Projection, address: string): number {
  let rows = view.transact((transaction) => eraseParked(transaction, address));
  if (projection.personal === undefined) return rows;
  const eraser = eraserOf({ kind: 'address', address });
  for (let from: number | undefined = 0; from !== undefined; ) {
    const begin: number = from;
    const part = view.transact((transaction) => erasePart(projection, transaction, eraser, begin, rowsMax));
    rows += part.changes;
    from = part.next;
  }
  return rows;
}

/** Events that could not be folded are kept as texts. */
function eraseParked(transaction: ViewTransaction, address: string): number {
  const erase = addressEraser(address);
  const parked = transaction.takeParked();
  for (const each of parked) transaction.park({ ...each, text: erase(each.text) });
  return parked.filter(({ text }) => erase(text) !== text).length;
}
