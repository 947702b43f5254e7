import type { ViewReader } from '../../projections/ports/view-store.ts';
import type { Row } from '../../projections/projection.ts';

/** Rows between two looks at the clock. */
const stepRows = 2048;
/** When a hint is due, and then another. */
const firstMs = 3000;
const nextMs = 10_000;

/** A view that tells, while it is read for long, how far back it is, and what would make it faster. */
export function watched(
  view: ViewReader,
  tell: (line: string) => void,
  onStep: () => void,
): Pick<ViewReader, 'get' | 'query'> {
  let rows = 0;
  let dueMs = performance.now() + firstMs;
  const step = ({ time }: Row) => {
    onStep();
    if (performance.now() < dueMs) return;
    dueMs = performance.now() + nextMs;
    tell(
      `still looking: ${rows.toLocaleString('en')} entries so far, back to ${time}; ` +
        '--since, --until and --level make it faster, Ctrl-C ends it',
    );
  };
  return {
    get: (table, key) => view.get(table, key),
    *query(table, query) {
      for (const row of view.query(table, query)) {
        rows += 1;
        if (rows % stepRows === 0) step(row);
        yield row;
      }
    },
  };
}
