import { Worker } from 'node:worker_threads';
import type { ImportFeedOptions } from './import-feed.ts';

/** Not the options of the process, which may be meant for its main script only. */
const execArgv = ['--disable-warning=ExperimentalWarning'];

/** `importFeed` in a thread of its own. */
export function importFeedInThread(workerData: ImportFeedOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./import-worker.ts', import.meta.url), { workerData, execArgv });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the import was stopped')));
  });
}
