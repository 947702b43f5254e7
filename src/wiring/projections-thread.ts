import type { Journal } from '../actors/ports/journal.ts';
import { journalReaderOf } from '../adapters/journal/journal-source.ts';
import type { Envelope } from '../events/envelope.ts';
import { createConfirmations } from './confirmations.ts';
import { KeptThread } from './kept-thread.ts';
import { isNotifying } from './notification-channels.ts';
import { openOutboxOf } from './notification-store.ts';
import { keptProjections, type ProjectionSettings } from './projection-source.ts';
import type { ProjectionsMessage } from './projections-worker.ts';
import type { TellProblem } from './tell-problem.ts';

/** How often confirmations go to the journal: retention is in no hurry. */
const confirmMs = 1000;
/** How long the thread may take to end. */
const stopMsMax = 3000;

export interface ProjectionsThreadOptions {
  settings: ProjectionSettings;
  journal: Journal;
  /** Takes the events of the projections' own machines besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: TellProblem;
}

/** The views of a gateway, kept up to date in a thread of their own. */
export interface ProjectionsThread {
  stop(): Promise<void>;
}

/**
 * Starts the thread, if the settings say that the gateway keeps its views up to date. Readers of the journal that are no
 * longer kept up to date by it are forgotten: they would hold retention for ever.
 */
export async function startProjectionsThread(options: ProjectionsThreadOptions): Promise<ProjectionsThread> {
  const { journal, settings } = options;
  const isRun = settings.projections.run && settings.projections.source === 'journal';
  const wanted = new Set(isRun ? keptProjections(settings).map(({ name }) => journalReaderOf(name)) : []);
  for (const reader of (await journal.readers()).keys()) {
    if (reader.startsWith(journalReaderOf('')) && !wanted.has(reader)) await journal.forget(reader);
  }
  return isRun ? startThread(options) : { stop: async () => {} };
}

function startThread({ settings, journal, onEvent, onProblem }: ProjectionsThreadOptions): ProjectionsThread {
  const { state, kafka, projections, notify, smtp } = settings;
  // Made before any mail comes: what happens from now on is told, also while the thread is starting.
  if (isNotifying(settings)) openOutboxOf(settings, onProblem).close();
  const confirmations = createConfirmations(journal, confirmMs, (reader, sequence, error) =>
    onProblem(`${reader} could not confirm ${sequence}`, error),
  );
  const thread = new KeptThread<never, ProjectionsMessage>({
    file: new URL('./projections-worker.ts', import.meta.url),
    name: 'projections',
    workerData: () => structuredClone({ state, kafka, projections, notify, smtp }),
    onMessage(message) {
      if (message.kind === 'confirm') confirmations.note(message.reader, message.sequence);
      else if (message.kind === 'problem') onProblem(message.text, undefined);
      else {
        journal.append(message.lane, message.event);
        onEvent(message.event);
      }
    },
    onBreakdown: (cause) => onProblem('the thread of the projections ended and is started anew', cause),
    stopMsMax,
  });
  return {
    async stop() {
      await thread.stop();
      confirmations.flush();
    },
  };
}
