import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { MessageReader, ReadMessage, ReadRequest, UnscannableReason } from '../../actors/ports/scanning.ts';
import { type Place, Places } from './places.ts';
import type { ReadTask } from './read-task.ts';
import { inSharedMemory } from './shared-memory.ts';
import { watch } from './watch.ts';

export interface IsolatedReaderOptions {
  /** Messages that are read at one time, besides those that take long (half as many) and a small one. Each has a thread. */
  workers: number;
  /** Memory that reading one message may take, bytes: heap, buffers and WebAssembly. */
  memoryBytesMax: number;
  /** What the threads run: its default export is a `RunReadTask`. */
  file: URL;
  /** Trouble that is no message's: a thread that does not start. */
  onProblem(problem: string, error: unknown): void;
  /** How long a thread may go on after the time of its message, ms: it stops by itself unless it hangs. Default 2000. */
  graceMs?: number;
  /** After this time at work a message makes way for others, ms. Default 300. */
  makeWayMs?: number;
}

/** A reader whose threads have to be ended. */
export interface IsolatedReader extends MessageReader {
  /** Ends all threads; what is being read is given up. */
  close(): Promise<void>;
}

/** A message of this size is read in about a millisecond, unless it is a bomb. Most mail is no larger. Bytes. */
const SMALL_BYTES_MAX = 16 * 1024;

/** A thread starts within this time, or not at all. */
const START_MS_MAX = 20_000;

/** Reads in threads of their own. */
export function createIsolatedReader(options: IsolatedReaderOptions): IsolatedReader {
  const { workers, memoryBytesMax, onProblem, graceMs = 2000, makeWayMs = 300 } = options;
  const places = new Places(workers);
  const threads = new Int32Array(new SharedArrayBuffer(4 * places.count));
  /** What is in hand, by place. */
  const inHand = new Map<number, AbortController>();
  const onError = (error: unknown) => {
    onProblem('a thread that reads messages did not start', error);
    for (const [index, end] of inHand) if (threads[index] === 0) end.abort(error);
  };
  // One more: when a thread was ended, the next message does not wait for another to start.
  const pool = startPool(options, places.count + 1).on('error', onError);

  /** Undefined: it had to make way. */
  const run = async (request: ReadRequest, place: Place, signal: AbortSignal): Promise<ReadMessage | undefined> => {
    const end = new AbortController();
    const giveUp = () => end.abort();
    signal.addEventListener('abort', giveUp);
    threads[place.index] = 0;
    inHand.set(place.index, end);
    let over: 'memory' | 'time' | 'start' | 'late' | undefined;
    const stop = (what: typeof over) => {
      over = what;
      end.abort();
    };
    const watching = watch({
      ...{ memoryBytesMax, makeWayMs, msMax: request.msMax + graceMs, startMsMax: START_MS_MAX },
      isTaken: () => threads[place.index] !== 0,
      thread: () => pool.threads.find(({ threadId }) => threadId > 0 && threadId === threads[place.index]),
      onLate: () => {
        if (!place.makeWay()) stop('late');
      },
      onOver: stop,
    });
    try {
      const task: ReadTask = { ...request, message: inSharedMemory(request.message), threads, place: place.index };
      return await pool.run(task, { signal: end.signal });
    } catch (error) {
      signal.throwIfAborted();
      if (over === 'late') return undefined;
      // No thread has had it, or it gave it back: the trouble is ours.
      if (threads[place.index] === 0) throw error;
      if (over !== undefined) return unread(over === 'time' ? 'too-slow' : 'too-large');
      return unread(isOutOfMemory(error) ? 'too-large' : 'crashed');
    } finally {
      watching.stop();
      inHand.delete(place.index);
      signal.removeEventListener('abort', giveUp);
    }
  };
  return {
    async read(request, signal) {
      const size = request.message.length > SMALL_BYTES_MAX ? 'large' : 'small';
      const read = await at(places.take(size, signal), (place) => run(request, place, signal));
      return read ?? (await at(places.takeSlow(signal), (place) => run(request, place, signal))) ?? unread('too-slow');
    },
    close: () => pool.destroy(),
  };
}

/**
 * V8's own limit is far above ours. It ends the whole process, not the thread, when one step wants much more than there is (a large
 * array, a map that grows); the watch ends the thread first.
 */
const HEAP_MIB_MAX = 4096;

/** Young generation of a thread: what V8 does without being told. The gateway's own is larger, and threads would take as much each. */
const YOUNG_MIB_MAX = 48;

/**
 * Lower priority than the SMTP thread, which must go on when all cores are busy: a third of its share. Not less: other programs, too, would
 * go before mail. Where the system does not allow it nothing changes.
 */
const NICE = 5;

/** All threads are there from the start: to start one takes long just when there is much to do. */
function startPool({ file, memoryBytesMax }: IsolatedReaderOptions, threads: number): Piscina {
  return new Piscina({
    filename: fileURLToPath(file),
    minThreads: threads,
    maxThreads: threads,
    niceIncrement: NICE,
    resourceLimits: {
      maxOldGenerationSizeMb: HEAP_MIB_MAX + memoryBytesMax / 2 ** 20,
      maxYoungGenerationSizeMb: YOUNG_MIB_MAX,
    },
  });
}

async function at<T>(place: Promise<Place>, work: (place: Place) => Promise<T>): Promise<T> {
  const taken = await place;
  try {
    return await work(taken);
  } finally {
    taken.leave();
  }
}

/** Nothing is known of the message but that it could not be read. */
function unread(reason: UnscannableReason): ReadMessage {
  return { files: [], parts: [], unscannable: [{ reason, path: ['message'] }] };
}

function isOutOfMemory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
}
