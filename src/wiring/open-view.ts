import { setTimeout as wait } from 'node:timers/promises';
import type { FileLock } from '../adapters/journal/file-lock.ts';
import { ViewDamaged } from '../adapters/projection-store/damage.ts';
import { openViewReader } from '../adapters/projection-store/open-view-reader.ts';
import { tryRunnerLock } from '../adapters/projection-store/runner-lock.ts';
import { projectionsFolder } from '../adapters/projection-store/view-file.ts';
import type { EventSource } from '../projections/ports/event-source.ts';
import type { ViewReader } from '../projections/ports/view-store.ts';
import type { Projection } from '../projections/projection.ts';
import { readIntoView } from '../projections/runtime/read-into-view.ts';
import { openProjectionSource, openStore, type ProjectionSettings } from './projection-source.ts';
import { keepMsOf } from './remembered.ts';

/** How often a view that somebody else keeps up to date is looked at. */
const lookMs = 20;

export interface OpenViewOptions {
  settings: ProjectionSettings;
  projection: Projection;
  /** Told, in one line, when the answer may lack what was logged last. */
  warn: (line: string) => void;
}

/**
 * Opens a view for queries, with everything in it that is in the log now. Whoever keeps the views up to date is waited for, for
 * `[projections] query_wait_ms`; when nobody does, the view is folded up here. When that cannot be done, the view is answered
 * from as it is, with a warning.
 * @throws when there is no log at all.
 */
export async function openView(options: OpenViewOptions): Promise<ViewReader> {
  return onceMoreIfDamaged(options.warn, () => openOnce(options));
}

/**
 * Does something with a view, and once more if the view was damaged: the damaged file has been put aside then, and what opens
 * the view next builds it anew.
 */
export async function onceMoreIfDamaged<Result>(
  warn: (line: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ViewDamaged)) throw error;
    warn(error.message);
    return work();
  }
}

async function openOnce({ settings, projection, warn }: OpenViewOptions): Promise<ViewReader> {
  const folder = projectionsFolder(settings.state.folder);
  const { source, deadLetters, close } = await openProjectionSource(settings);
  try {
    const reader = openViewReader(folder, projection.name);
    const keepMs = keepMsOf(settings, projection);
    const parts = { projection, source, now: Date.now, keepMs, ...(deadLetters && { deadLetters }) };
    const foldUp = async (lock: FileLock) => {
      const store = openStore(settings, projection, (problem) => warn(problem));
      try {
        await readIntoView(
          { ...parts, store },
          { signal: new AbortController().signal, untilCaughtUp: true },
          {
            onParked: (parked) =>
              warn(`${parked.length} events cannot be folded: sekisho projections parked ${projection.name}`),
            onLost: (stream, { from, to }) =>
              warn(`events ${from} to ${to} of ${stream} are gone: the view lacks them`),
          },
        );
      } finally {
        store.close();
        lock.release();
      }
    };
    try {
      await caughtUp({ source, reader, projection, waitMs: settings.projections.query_wait_ms, folder, foldUp });
    } catch (error) {
      if (error instanceof ViewDamaged) {
        reader.close();
        throw error;
      }
      warn(`the answer may lack what was logged last: ${error instanceof Error ? error.message : error}`);
    }
    return reader;
  } finally {
    await close();
  }
}

interface CatchUp {
  source: EventSource;
  reader: ViewReader;
  projection: Projection;
  folder: string;
  waitMs: number;
  foldUp: (lock: FileLock) => Promise<void>;
}

/** Resolves when the view holds what was in the log at the beginning. */
async function caughtUp({ source, reader, projection, folder, waitMs, foldUp }: CatchUp): Promise<void> {
  const heads = await source.heads(projection.lanes);
  const deadline = Date.now() + waitMs;
  while (behind(reader, projection, heads) > 0) {
    // Asked each time: the runner may end while it is waited for.
    const lock = tryRunnerLock(folder);
    if (lock !== undefined) return foldUp(lock);
    const left = behind(reader, projection, heads);
    if (Date.now() >= deadline) throw new Error(`the view ${projection.name} is ${left} places behind the log`);
    await wait(lookMs);
  }
}

/** Places of the log that the view has not handled. A view of another version has to be rebuilt first. */
function behind(reader: ViewReader, { version }: Projection, heads: ReadonlyMap<string, number>): number {
  const positions = reader.version() === version ? reader.positions() : new Map<string, number>();
  return [...heads].reduce((sum, [stream, head]) => sum + Math.max(0, head - (positions.get(stream) ?? -1)), 0);
}
