import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { newestChange, type Store } from '../data/store.ts';
import { type BuildProductsOptions, type Product, type Publication, productsFolder } from './products.ts';

/** How a publisher works. */
export interface PublisherOptions extends BuildProductsOptions {
  store: Store;
  /** How often the store is asked for a new import, ms. */
  pollMs: number;
  /** A new version is served from now on. */
  onPublished: (publication: Publication) => void;
  /** A version could not be built; the old one is served on and another try follows. */
  onProblem: (problem: string) => void;
}

/** The published version, and its replacement after each import. */
export interface Publisher {
  /** What is served now; replaced as a whole. */
  current(): Publication;
  /** Path of a pattern file of the current version or the one before it; else undefined. */
  file(pattern: 'agent' | 'conventional', name: string): string | undefined;
  close(): Promise<void>;
}

/** Not the options of the process, which may be meant for its main script only. */
const execArgv = ['--disable-warning=ExperimentalWarning'];

/** After a failed build the next try comes after so many polls. */
const pollsAfterFailure = 30;

/** Loads what was published last or builds it, then watches the store. Throws when nothing can be published. */
export async function startPublisher(options: PublisherOptions): Promise<Publisher> {
  const { store, folder, pollMs } = options;
  const stop = new AbortController();
  let current = (await lastPublication(options)) ?? (await publish(options, stop.signal));
  let previous: Publication | undefined;
  await removeOthers(folder, [current]);
  options.onPublished(current);

  async function poll(): Promise<number> {
    try {
      if (newestChange(store.database) === current.importVersion) return 1;
      const next = await publish(options, stop.signal);
      [previous, current] = [current, next];
      options.onPublished(current);
      await removeOthers(folder, [current, previous]);
      return 1;
    } catch (error) {
      if (!stop.signal.aborted) options.onProblem(`cannot publish a new version: ${(error as Error).message}`);
      return pollsAfterFailure;
    }
  }
  let timer: NodeJS.Timeout;
  let polling: Promise<void> = Promise.resolve();
  const schedule = (polls: number) => {
    if (stop.signal.aborted) return;
    timer = setTimeout(() => {
      polling = poll().then(schedule);
    }, polls * pollMs);
  };
  schedule(1);

  return {
    current: () => current,
    file(pattern, name) {
      const owner = [current, previous].find((one) => one?.[pattern].files.some((file) => file.name === name));
      return owner && join(owner.directory, name);
    },
    async close() {
      stop.abort();
      clearTimeout(timer);
      await polling;
    },
  };
}

/** Builds in a worker thread; the new version counts once `published.json` names it. */
async function publish(options: PublisherOptions, signal: AbortSignal): Promise<Publication> {
  const { folder, patternId, falsePositiveRate } = options;
  const publication = await new Promise<Publication>((resolve, reject) => {
    const workerData: BuildProductsOptions = { folder, patternId, falsePositiveRate };
    const worker = new Worker(new URL('./products-worker.ts', import.meta.url), { workerData, execArgv });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the build was stopped')));
    signal.addEventListener('abort', () => worker.terminate(), { once: true });
  });
  const file = publishedFile(folder);
  const handle = await open(`${file}.new`, 'w');
  await handle.writeFile(JSON.stringify(publication, undefined, 2));
  await handle.sync();
  await handle.close();
  await rename(`${file}.new`, file);
  return publication;
}

/** What `published.json` names, if it is what would be built now and no file of it is damaged. */
async function lastPublication(options: PublisherOptions): Promise<Publication | undefined> {
  try {
    const found = JSON.parse(await readFile(publishedFile(options.folder), 'utf8')) as Publication;
    const isCurrent =
      found.importVersion === newestChange(options.store.database) &&
      found.patternId === options.patternId &&
      found.falsePositiveRate === options.falsePositiveRate;
    if (!isCurrent) return undefined;
    const directory = join(productsFolder(options.folder), basename(found.directory));
    for (const product of [found.filter, found.agent, found.conventional]) await verify(directory, product);
    return { ...found, directory };
  } catch {
    // Missing or damaged: it is built again from the store.
    return undefined;
  }
}

async function verify(directory: string, product: Product): Promise<void> {
  for (const file of product.files) {
    const digest = createHash('sha256');
    for await (const chunk of createReadStream(join(directory, file.name))) digest.update(chunk);
    if (digest.digest('hex') !== file.sha256) throw new Error(`${file.name} is damaged`);
  }
}

async function removeOthers(folder: string, keep: readonly Publication[]): Promise<void> {
  const names = keep.map((publication) => basename(publication.directory));
  for (const name of await readdir(productsFolder(folder))) {
    if (!names.includes(name)) await rm(join(productsFolder(folder), name), { recursive: true, force: true });
  }
}

function publishedFile(folder: string): string {
  return join(folder, 'published.json');
}
