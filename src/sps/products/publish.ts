import { Worker } from 'node:worker_threads';
import type { BuildOptions } from './build.ts';
import { removeOthers } from './file-pool.ts';
import { allFilesOf, type Publication, readPublication, writePublication } from './publication.ts';
import { withPublishingLock } from './publishing-lock.ts';

/** Two publications, one after the other; the first is missing at the beginning. */
export interface Step {
  before: Publication | undefined;
  now: Publication;
}

/** How a build is waited for. */
export interface PublishOptions extends BuildOptions {
  /** Whether what was built is to count, or only to be told. */
  isTrial?: boolean;
  /** While another process builds, ms. */
  waitMs: number;
  signal?: AbortSignal;
}

/**
 * Builds in a worker thread and publishes, as a whole. Undefined when another process has been building for `waitMs`. Throws
 * `StoreUnusable`, or whatever went wrong in the build; what was published before stays then.
 */
export function publish(options: PublishOptions): Promise<Step | undefined> {
  const { folder, isTrial = false, waitMs, signal } = options;
  return withPublishingLock(folder, waitMs, async () => {
    const before = readPublication(folder);
    try {
      const now = await build(options, before, signal);
      if (!isTrial) await writePublication(folder, now);
      return { before, now };
    } finally {
      // Also what a build that failed, or was killed, has left.
      const counts = readPublication(folder);
      if (counts) removeOthers(folder, allFilesOf(counts));
    }
  });
}

/** Not the options of the process, which may be meant for its main script only. */
const execArgv = ['--disable-warning=ExperimentalWarning'];

function build(
  { folder, patternId, falsePositiveRate }: BuildOptions,
  before: Publication | undefined,
  signal?: AbortSignal,
): Promise<Publication> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const options: BuildOptions = { folder, patternId, falsePositiveRate };
    const worker = new Worker(new URL('./build-worker.ts', import.meta.url), {
      workerData: { options, before },
      execArgv,
    });
    const stop = () => worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new Error('the build was stopped'));
    });
  });
}
