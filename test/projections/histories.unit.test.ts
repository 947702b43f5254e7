import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import { laneOf } from '../../src/events/lane.ts';
import { projections } from '../../src/projections/all.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { foldAll } from '../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../support/recorded-histories.ts';

/**
 * The views that released logs make. Where a new version of a projection makes others on purpose:
 * `npx vitest run test/projections/histories -u`, and look at every line that changed.
 */

function wanted({ lanes, types }: Projection, event: Envelope): boolean {
  return lanes.includes(laneOf(event)) && (types?.some((beginning) => event.type.startsWith(beginning)) ?? true);
}

/** `projection v1 table key`, and the row. Other rows need another version, so that views are rebuilt: it stands here to be seen. */
function views(events: readonly Envelope[]): string {
  const rows = projections.flatMap((projection) => {
    const tables = foldAll(
      projection,
      events.filter((event) => wanted(projection, event)),
    );
    return Object.entries(tables).flatMap(([table, byKey]) =>
      [...byKey].map(
        ([key, row]) => `${projection.name} v${projection.version} ${table} ${key}\n    ${JSON.stringify(row)}\n`,
      ),
    );
  });
  return rows.join('');
}

const golden = (name: string) => fileURLToPath(new URL(`../fixtures/histories/${name}.views`, import.meta.url));

test.each(recordedHistories())('$name makes the same views as ever', async (history) => {
  await expect(views(eventsOfToday(history))).toMatchFileSnapshot(golden(history.name));
});
