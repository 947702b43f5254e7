import { Worker } from 'node:worker_threads';
import { RulesInvalid } from './compile.ts';
import type { YaraData } from './load-engine.ts';
import type { Trial } from './try-rules-here.ts';

/** What a trial may take: rules that need more would stop the threads that read messages. */
const LIMITS = { ms: 60_000, heapMib: 1024 };

/** Compiles rules in a thread of its own and tries them. Throws `RulesInvalid` when they cannot be used. */
export async function tryRules(data: YaraData, msMax = LIMITS.ms): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<Trial>();
  const worker = new Worker(new URL('./trial-worker.ts', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: LIMITS.heapMib },
  });
  const timer = setTimeout(() => reject(new RulesInvalid(`no result after ${msMax / 1000} s`)), msMax);
  worker.once('message', resolve);
  worker.once('error', (cause: Error) => reject(new RulesInvalid(`the trial failed: ${cause.message}`, { cause })));
  worker.once('exit', () => reject(new RulesInvalid('the trial ended without a result')));
  try {
    const { problem } = await promise;
    if (problem !== undefined) throw new RulesInvalid(problem);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
