import { Worker } from 'node:worker_threads';

/** From the end of a thread that broke down to the start of the next. */
const restartMs = 1000;

/** A thread that is to run as long as the program. */
export interface KeptThreadOptions<ToThread, FromThread> {
  file: URL;
  name: string;
  /** What each thread is started with. @param crash why the one before it broke down; null for the first */
  workerData: (crash: string | null) => unknown;
  /** The first message that each thread gets. */
  greeting?: () => ToThread;
  onMessage: (message: FromThread) => void;
  /** Told at each breakdown; another thread is started soon. */
  onBreakdown: (cause: Error) => void;
  /** How long the thread may take to end after `'stop'`; then it is ended. */
  stopMsMax: number;
}

/** Keeps a thread running: one that ends by itself is followed by another. It ends when it is sent `'stop'`. */
export class KeptThread<ToThread, FromThread> {
  readonly #options: KeptThreadOptions<ToThread, FromThread>;
  #worker: Worker | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: KeptThreadOptions<ToThread, FromThread>) {
    this.#options = options;
    this.#start(null);
  }

  /** Lost while no thread runs. */
  send(message: ToThread | 'stop'): void {
    this.#worker?.postMessage(message);
  }

  /** Resolves when the thread has ended, and everything that it sent was heard. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restarting);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.send('stop');
    const timer = setTimeout(() => void worker.terminate(), this.#options.stopMsMax);
    await exited;
    clearTimeout(timer);
  }

  #start(crash: string | null): void {
    const { file, name, workerData, greeting, onMessage, onBreakdown } = this.#options;
    const worker = new Worker(file, { workerData: workerData(crash), name });
    this.#worker = worker;
    let cause = new Error('it ended');
    worker.on('message', onMessage);
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      if (this.#isStopping) return;
      onBreakdown(cause);
      this.#restarting = setTimeout(() => this.#start(cause.message), restartMs);
    });
    if (greeting !== undefined) this.send(greeting());
  }
}
