/** Searches for inputs that break a promise: `npm run fuzz -- --target mime --minutes 10`. */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keepInCorpus, writeFinding } from './corpus.ts';
import { INPUT_BYTES_MAX } from './mutate.ts';
import type { SearchResult } from './search.ts';
import type { SearchTask } from './search-worker.ts';
import { targets } from './targets.ts';

/** A run that takes longer hangs. */
const RUN_MS_MAX = 60_000;
const HEAP_MB_MAX = 1024;
/** What is kept must be small enough to be read in CI. */
const KEPT_BYTES_MAX = 8 * 1024;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    keep: { type: 'boolean', default: false },
  },
});
const names = values.target === undefined ? Object.keys(targets) : [values.target];
const unknown = names.find((name) => !Object.hasOwn(targets, name));
if (unknown !== undefined || !(Number(values.minutes) > 0) || !Number.isInteger(Number(values.seed))) {
  process.stderr.write(
    `usage: npm run fuzz -- [--target ${Object.keys(targets).join('|')}] [--minutes N] [--seed N] [--keep]\n`,
  );
  process.exit(2);
}

for (const name of names) if (!(await searched(name))) process.exitCode = 1;

/** True when nothing was found. */
async function searched(name: string): Promise<boolean> {
  const seed = Number(values.seed);
  const endsAtMs = Date.now() + Number(values.minutes) * 60_000;
  const end = await searchInThread({
    target: name,
    seed,
    endsAtMs,
    atWork: new SharedArrayBuffer(8 + 2 * INPUT_BYTES_MAX),
  });
  for (const { input, problem } of end.findings)
    process.stdout.write(`${name}: ${problem}\n  ${writeFinding(name, Buffer.from(input))}\n`);
  // Of what hangs or dies nothing is known but the input.
  const kept = end.kept.map((input) => Buffer.from(input)).filter(({ length }) => length <= KEPT_BYTES_MAX);
  if (values.keep && kept.length > 0) keepInCorpus(name, kept);
  process.stdout.write(
    `${name}: ${end.runs} runs, ${end.kept.length} inputs needed for what they reached, ${end.findings.length} findings, seed ${seed}\n`,
  );
  return end.findings.length === 0;
}

/** What the thread found; where it hangs or dies, what it was at. */
async function searchInThread(task: SearchTask): Promise<SearchResult> {
  const numbers = new Int32Array(task.atWork, 0, 2);
  const worker = new Worker(new URL('search-worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
  const { promise, resolve } = Promise.withResolvers<SearchResult>();
  const broken = (problem: string) => {
    const input = Buffer.from(new Uint8Array(task.atWork, 8, Math.min(numbers[1] ?? 0, 2 * INPUT_BYTES_MAX)));
    resolve({ runs: numbers[0] ?? 0, kept: [], findings: [{ input, problem }] });
  };
  let [seen, since] = [0, Date.now()];
  const watch = setInterval(() => {
    const runs = Atomics.load(numbers, 0);
    if (runs !== seen) [seen, since] = [runs, Date.now()];
    else if (Date.now() - since > RUN_MS_MAX) broken('it hangs');
  }, 1000);
  worker.once('message', resolve);
  worker.once('error', (error) => broken(String(error)));
  const result = await promise;
  clearInterval(watch);
  await worker.terminate();
  return result;
}
