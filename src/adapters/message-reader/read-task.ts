import { threadId } from 'node:worker_threads';
import type { ReadMessage, ReadRequest } from '../../actors/ports/scanning.ts';
import { ContentEngines, type EngineLoaders } from './content-engines.ts';
import { readMessage } from './read-message.ts';

/** A message on its way to a thread: nothing in it is copied but small things. */
export interface ReadTask extends Omit<ReadRequest, 'message'> {
  /** In shared memory. */
  message: Uint8Array;
  /** Shared memory, where the thread says at `place` that it has the message: its id. */
  threads: Int32Array;
  place: number;
}

/** What a thread of `createIsolatedReader` runs: the default export of its file. */
export type RunReadTask = (task: ReadTask) => Promise<ReadMessage>;

/** Reads one message after the other. What is not read when the time is over is `too-slow`, and what was read is told. */
export function createReadTask(loaders: EngineLoaders = {}): RunReadTask {
  const engines = new ContentEngines(loaders);
  return async ({ message: { buffer, byteOffset, length }, threads, place, ...request }) => {
    Atomics.store(threads, place, threadId);
    const end = performance.now() + request.msMax;
    const clock = {
      get aborted() {
        return performance.now() > end;
      },
    };
    try {
      return await readMessage({ ...request, message: Buffer.from(buffer, byteOffset, length) }, clock, engines);
    } finally {
      Atomics.store(threads, place, 0);
    }
  };
}
