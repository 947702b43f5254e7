import { Worker } from 'node:worker_threads';
import type { Journal } from '../actors/ports/journal.ts';
import { journalReaderOf } from '../adapters/journal/journal-source.ts';
import type { Envelope } from '../events/envelope.ts';
import { projections } from '../projections/all.ts';
import type { ProjectionSettings } from './projection-source.ts';
import type { ProjectionsMessage } from './projections-worker.ts';

/** From one crash of the thread to its next start. */
const restartMs = 1000;
/** How often confirmations go to the journal: retention is in no hurry, and each is part of a commit. */
const confirmMs = 1000;
/** How long the thread may take to end. */
const stopMsMax = 3000;

export interface ProjectionsThreadOptions {
  settings: ProjectionSettings;
  journal: Journal;
  /** Takes the events of the projections' own machines besides the journal. */
  onEvent: (event: Envelope) => void;
  onProblem: (problem: string, error: unknown) => void;
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
  const wanted = new Set(isRun ? projections.map(({ name }) => journalReaderOf(name)) : []);
  for (const reader of (await journal.readers()).keys()) {
    if (reader.startsWith(journalReaderOf('')) && !wanted.has(reader)) await journal.forget(reader);
  }
  return isRun ? new Thread(options) : { stop: async () => {} };
}

class Thread implements ProjectionsThread {
  readonly #options: ProjectionsThreadOptions;
  readonly #unconfirmed = new Map<string, number>();
  readonly #confirming: NodeJS.Timeout;
  #restarting: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #isStopping = false;

  constructor(options: ProjectionsThreadOptions) {
    this.#options = options;
    this.#confirming = setInterval(() => this.#confirm(), confirmMs);
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restarting);
    clearInterval(this.#confirming);
    const worker = this.#worker;
    if (worker !== undefined) {
      const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      worker.postMessage('stop');
      const timer = setTimeout(() => void worker.terminate(), stopMsMax);
      await exited;
      clearTimeout(timer);
    }
    this.#confirm();
  }

  #start(): void {
    const { state, kafka, projections: own } = this.#options.settings;
    const worker = new Worker(new URL('./projections-worker.ts', import.meta.url), {
      workerData: structuredClone({ state, kafka, projections: own }),
      name: 'projections',
    });
    this.#worker = worker;
    let cause: unknown;
    worker.on('message', (message: ProjectionsMessage) => this.#hear(message));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#isStopping) return;
      this.#options.onProblem('the thread of the projections ended and is started anew', cause);
      this.#restarting = setTimeout(() => this.#start(), restartMs);
    });
  }

  #hear(message: ProjectionsMessage): void {
    if (message.kind === 'confirm') this.#unconfirmed.set(message.reader, message.sequence);
    else if (message.kind === 'problem') this.#options.onProblem(message.text, undefined);
    else {
      this.#options.journal.append(message.lane, message.event);
      this.#options.onEvent(message.event);
    }
  }

  #confirm(): void {
    const { journal, onProblem } = this.#options;
    for (const [reader, sequence] of this.#unconfirmed) {
      journal.confirm(reader, sequence).catch((error) => onProblem(`${reader} could not confirm ${sequence}`, error));
    }
    this.#unconfirmed.clear();
  }
}
