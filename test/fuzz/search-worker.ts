import { parentPort, workerData } from 'node:worker_threads';
import { corpusOf } from './corpus.ts';
import { needed, type SearchResult, search } from './search.ts';
import { targets } from './targets.ts';

/** What a search in a thread of its own is told. */
export interface SearchTask {
  target: string;
  seed: number;
  /** ms since 1970 when it ends. */
  endsAtMs: number;
  /** The runs that have begun, the length of the input at work, and from byte 8 on the input: what a hang or a flood of memory leaves behind. */
  atWork: SharedArrayBuffer;
}

const { target: name, seed, endsAtMs, atWork } = workerData as SearchTask;
const target = targets[name];
if (target === undefined) throw new RangeError(`no target ${name}`);
const numbers = new Int32Array(atWork, 0, 2);
const bytes = new Uint8Array(atWork, 8);
const onRun = (input: Buffer) => {
  bytes.set(input.subarray(0, bytes.length));
  numbers[1] = input.length;
  Atomics.add(numbers, 0, 1);
};
const options = { folder: '/src/adapters/', onRun };
const result = await search(target, { ...options, corpus: corpusOf(name), seed, goesOn: () => Date.now() < endsAtMs });
parentPort?.postMessage({ ...result, kept: await needed(target, result.kept, options) } satisfies SearchResult);
