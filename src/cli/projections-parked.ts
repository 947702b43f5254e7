import { existsSync } from 'node:fs';
import { openViewReader } from '../adapters/projection-store/open-view-reader.ts';
import { projectionsFolder, viewFile } from '../adapters/projection-store/view-file.ts';
import { printable } from '../events/printable.ts';
import { foldParked } from '../projections/fold-delivery.ts';
import type { Projection } from '../projections/projection.ts';
import { openStore, type ProjectionSettings } from '../wiring/projection-source.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { table } from './text-table.ts';

/** Characters of a reason or an event in the table. */
const cellMax = 100;

/** Shows what a projection has parked, after another try if that is wanted. */
export async function showParked(
  settings: ProjectionSettings,
  projection: Projection,
  { format, retry }: { format: 'table' | 'json'; retry?: true },
): Promise<void> {
  const folder = projectionsFolder(settings.state.folder);
  if (!existsSync(viewFile(folder, projection.name))) return;
  if (retry) retryParked(settings, projection);
  const view = openViewReader(folder, projection.name);
  const parked = view.parked();
  view.close();
  if (format === 'json') {
    for (const each of parked) process.stdout.write(`${JSON.stringify(each)}\n`);
    return;
  }
  const cell = (text: string) => printable(text.length > cellMax ? `${text.slice(0, cellMax)}...` : text);
  const rows = parked.map(({ stream, offset, timeMs, reason, text }) => [
    ...[stream, String(offset), new Date(timeMs).toISOString(), cell(reason), cell(text)],
  ]);
  process.stdout.write(
    parked.length === 0 ? 'Nothing is parked.\n' : table(['stream', 'offset', 'parked', 'reason', 'event'], rows),
  );
}

function retryParked(settings: ProjectionSettings, projection: Projection): void {
  const store = openStore(settings, projection, (problem) => void process.stderr.write(`${problem}\n`));
  try {
    const view = store.served();
    if (view === undefined)
      throw new CommandFailure(exitCodes.tempFail, `the view ${projection.name} is being rebuilt`);
    const folded = view.transact((transaction) => foldParked(projection, transaction, Date.now()));
    process.stderr.write(`${folded} events were folded\n`);
  } finally {
    store.close();
  }
}
