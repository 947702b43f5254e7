import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { createTransitionRecorder } from '../adapters/inspection/transition-recorder.ts';
import type { FileLock } from '../adapters/journal/file-lock.ts';
import { tryRunnerLock } from '../adapters/projection-store/runner-lock.ts';
import { projectionsFolder } from '../adapters/projection-store/view-file.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import type { Projection } from '../projections/projection.ts';
import { startProjection } from '../projections/runtime/projection-actor.ts';
import { startNotifications } from './notifications.ts';
import {
  type ConfirmToJournal,
  keptProjections,
  openProjectionSource,
  openStore,
  type ProjectionSettings,
} from './projection-source.ts';
import { keepMsOf } from './remembered.ts';
import type { TellProblem } from './tell-problem.ts';

/** From a failure to the next reading, at first and at most. */
const times = { retryMs: 1000, retryMsMax: 60_000 };

/** How often it is looked whether whoever keeps the views up to date has ended. */
const lockLookMs = 500;

export interface RunOptions {
  settings: ProjectionSettings;
  signal: AbortSignal;
  /** Takes the events of the projections' own machines; must not throw. */
  record: (lane: Lane, event: Envelope<TransitionData>) => void;
  onProblem: TellProblem;
  confirm?: ConfirmToJournal;
  /** Those to run; all that the settings want by default. */
  chosen?: readonly Projection[];
}

/** Keeps all views up to date until the signal aborts; waits first until no other process does. */
export async function runProjections(options: RunOptions): Promise<void> {
  const { settings, signal, record, onProblem, confirm, chosen = keptProjections(options.settings) } = options;
  const lock = await runnerLock(projectionsFolder(settings.state.folder), options);
  if (lock === undefined) return;
  try {
    const { source, deadLetters, close } = await openProjectionSource(settings, confirm);
    const inspect = createTransitionRecorder({
      source: `/sekisho/projections/${hostname()}`,
      idPrefix: idPrefixOf(randomUUID()),
      now: Date.now,
      record,
      onProblem: (error) => onProblem('an event could not be made', error),
    });
    const parts = { source, now: Date.now, ...(deadLetters && { deadLetters }) };
    const sender = await startNotifications({ settings, inspect, onProblem });
    const running = chosen.map((projection) =>
      startProjection({
        parts: { ...parts, projection, keepMs: keepMsOf(settings, projection) },
        openStore: () => openStore(settings, projection, onProblem),
        inspect,
        ...times,
      }),
    );
    await aborted(signal);
    await Promise.all([sender.stop(), ...running.map((each) => each.stop())]);
    await close();
  } finally {
    lock.release();
  }
}

async function runnerLock(folder: string, { signal, onProblem }: RunOptions): Promise<FileLock | undefined> {
  for (let tries = 0; !signal.aborted; tries++) {
    const lock = tryRunnerLock(folder);
    if (lock !== undefined) return lock;
    if (tries === 10) onProblem('another process keeps the views up to date; waiting for its end', undefined);
    await wait(lockLookMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
