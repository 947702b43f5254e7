import type { Worker } from 'node:worker_threads';

/** How often a message at work is looked at. Most are read long before the first time. */
const LOOK_MS = 100;

export interface WatchOptions {
  /** Heap of the thread and what it holds outside of it (buffers, WebAssembly), bytes. */
  memoryBytesMax: number;
  /** From when the thread has the message. */
  msMax: number;
  /** For the thread to take the message: it may have to start first. */
  startMsMax: number;
  /** After this time it makes way for others. */
  makeWayMs: number;
  /** Whether a thread has taken the message. */
  isTaken(): boolean;
  thread(): Worker | undefined;
  onLate(): void;
  onOver(what: 'memory' | 'time' | 'start'): void;
}

/** Looks after one message that is read in another thread, until it is told to stop. */
export function watch(options: WatchOptions): { stop(): void } {
  const { memoryBytesMax, msMax, startMsMax, makeWayMs, isTaken, thread, onLate, onOver } = options;
  const start = performance.now();
  let taken: number | undefined;
  let asking = false;
  let stopped = false;
  const askMemory = async (worker: Worker) => {
    asking = true;
    // A thread that has just ended has no statistics; one in a long native call gives them when that is over.
    const statistics = await worker.getHeapStatistics().catch(() => undefined);
    asking = false;
    const bytes = statistics === undefined ? 0 : statistics.used_heap_size + statistics.external_memory;
    if (bytes > memoryBytesMax && !stopped) onOver('memory');
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (isTaken()) taken ??= now;
    if (taken === undefined) {
      if (now - start >= startMsMax) onOver('start');
      return;
    }
    if (now - taken >= msMax) return onOver('time');
    if (now - taken >= makeWayMs) onLate();
    const worker = asking ? undefined : thread();
    if (worker !== undefined) void askMemory(worker);
  }, LOOK_MS);
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
