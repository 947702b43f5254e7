import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import { openViewReader } from '../adapters/projection-store/open-view-reader.ts';
import { projectionsFolder, viewFile } from '../adapters/projection-store/view-file.ts';
import type { EventSource } from '../projections/ports/event-source.ts';
import type { Projection } from '../projections/projection.ts';
import { keptProjections, openProjectionSource, type ProjectionSettings } from './projection-source.ts';

/** How far a reader of a stream is. */
export interface Lag {
  reader: string;
  stream: string;
  /** Last offset that it has handled; -1 when none. */
  position: number;
  /** Offset of the newest event. */
  head: number;
  /** Offsets between them. */
  lag: number;
}

/** A projection and its view. */
export interface ProjectionStatus {
  name: string;
  about: string;
  /** Of the program. */
  version: number;
  /** Of the view that answers now; null when there is none yet. */
  viewVersion: number | null;
  lag: readonly Lag[];
  parked: number;
}

/** The state of all projections, as their files and the log say; nothing is changed. */
export async function projectionStatus(settings: ProjectionSettings): Promise<ProjectionStatus[]> {
  const { source, close } = await openProjectionSource(settings);
  try {
    return await Promise.all(keptProjections(settings).map((projection) => statusOf(settings, source, projection)));
  } finally {
    await close();
  }
}

/** How far every reader is: the projections, and whoever else has a name in the journal. */
export async function lags(settings: ProjectionSettings): Promise<Lag[]> {
  const own = (await projectionStatus(settings)).flatMap(({ lag }) => lag);
  const journal = await openJournalReader({ folder: join(settings.state.folder, 'journal') }).catch(() => undefined);
  if (journal === undefined) return own;
  const head = journal.head();
  const readers = await journal.readers();
  await journal.close();
  const others = [...readers].map(([reader, position]) => lagOf(reader, 'journal', position, head));
  return [...own, ...others];
}

async function statusOf(
  settings: ProjectionSettings,
  source: EventSource,
  { name, about, version, lanes }: Projection,
): Promise<ProjectionStatus> {
  const heads = await source.heads(lanes);
  const folder = projectionsFolder(settings.state.folder);
  // Opening would make the file.
  const view = existsSync(viewFile(folder, name)) ? openViewReader(folder, name) : undefined;
  const positions = view?.positions() ?? new Map<string, number>();
  const lag = [...heads].map(([stream, head]) => lagOf(name, stream, positions.get(stream) ?? -1, head));
  const status = {
    name,
    about,
    version,
    viewVersion: view?.version() ?? null,
    lag,
    parked: view?.parked().length ?? 0,
  };
  view?.close();
  return status;
}

function lagOf(reader: string, stream: string, position: number, head: number): Lag {
  // The journal counts from 1, a partition from 0: what is before the first is no event.
  const handled = stream === 'journal' ? Math.max(0, position) : position;
  return { reader, stream, position, head, lag: Math.max(0, head - handled) };
}
