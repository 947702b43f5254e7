import { Worker } from 'node:worker_threads';
import type { CommitReply, ErasureReport, WriterMessage, WriterOptions, WriterReply } from './protocol.ts';

/** How long a thread may take to close the file before it is stopped by force. */
const CLOSE_MS_MAX = 5_000;

/** What the thread tells its owner. */
export interface WriterThreadEvents {
  onReply(reply: CommitReply): void;
  onErased(report: ErasureReport): void;
  /** The thread died. Whether the request in its hands was written is unknown: send it again, to a new thread. */
  onCrash(cause: unknown): void;
}

/** The writing thread; after a crash the next request starts another. */
export class WriterThread {
  readonly #options: WriterOptions;
  readonly #events: WriterThreadEvents;
  #worker: Worker | undefined;
  #isClosing = false;

  constructor(options: WriterOptions, events: WriterThreadEvents) {
    this.#options = options;
    this.#events = events;
  }

  send(message: Exclude<WriterMessage, 'close'>): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('close');
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS_MAX);
    await exited;
    clearTimeout(timer);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
      workerData: this.#options,
      name: 'journal-writer',
    });
    let cause: unknown;
    worker.on('message', (reply: WriterReply) => {
      if ('erased' in reply) this.#events.onErased(reply.erased);
      else this.#events.onReply(reply);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      this.#worker = undefined;
      if (!this.#isClosing) this.#events.onCrash(cause ?? new Error(`exit code ${code}`));
    });
    return worker;
  }
}
