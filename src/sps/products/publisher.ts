import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { newestChange, type Store } from '../data/store.ts';
import { loadSigningKeys, signingKeyFile } from '../identity/signing-keys.ts';
import type { BuildOptions } from './build.ts';
import { isOutdated } from './is-outdated.ts';
import { type Publication, productPath, publicationMark, readPublication } from './publication.ts';
import { publish } from './publish.ts';
import { type Published, published } from './published.ts';
import { openSmartPattern, type SmartPattern } from './smart-pattern/read.ts';
import { verifyPublication } from './verify.ts';

/** How a publisher works. */
export interface PublisherOptions extends BuildOptions {
  store: Store;
  /** How often the store is asked for a new import, ms. */
  pollMs: number;
  /** False: only `sekisho sps publish` publishes; the server takes over what it did. */
  isAutomatic: boolean;
  /** At the start, what was published before is served when a build takes longer than this, ms. Default 10 s. */
  serveOldAfterMs?: number;
  /** In manifests, seconds. */
  minWaitSeconds: number;
  /** A new version is served from now on. */
  onPublished: (publication: Publication) => void;
  /** A version could not be built; the old one is served on and another try follows. */
  onProblem: (problem: string) => void;
}

/** What is published, and its replacement after each import. */
export interface Publisher {
  /** What is served now; replaced as a whole. Use it at once: of two that are older, the pattern is closed. */
  current(): Published;
  close(): Promise<void>;
}

/** After a failed build the next try comes after so many polls. */
const pollsAfterFailure = 30;
/** How long a start waits for another process that builds, ms. */
const startWaitMs = 600_000;

/** Loads what was published last or builds it, then watches the store. Throws when nothing can be published. */
export async function startPublisher(options: PublisherOptions): Promise<Publisher> {
  const { folder, pollMs } = options;
  const stop = new AbortController();
  const showing = new Showing(options);
  await showing.show(await firstPublication(options, stop.signal));

  async function poll(): Promise<number> {
    try {
      const found = showing.isStale() ? readPublication(folder) : undefined;
      if (found !== undefined) await showing.show(found);
      if (isDue(options, showing.publication)) {
        const step = await publish({ ...options, waitMs: 0, signal: stop.signal });
        if (step !== undefined) await showing.show(step.now);
      }
      await showing.signAgain();
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
    current: () => showing.current(),
    async close() {
      stop.abort();
      clearTimeout(timer);
      await polling;
      showing.close();
    },
  };
}

/** What is served, what it was made of, and the open patterns. */
class Showing {
  readonly #options: PublisherOptions;
  #publication: Publication | undefined;
  #published: Published | undefined;
  #mark = '';
  #keysMark = '';
  /** The one in use last. */
  #patterns: SmartPattern[] = [];

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get publication(): Publication | undefined {
    return this.#publication;
  }

  current(): Published {
    if (this.#published === undefined) throw new Error('nothing is published');
    return this.#published;
  }

  /** Another process has published something. */
  isStale(): boolean {
    return publicationMark(this.#options.folder) !== this.#mark;
  }

  async show(publication: Publication): Promise<void> {
    const { folder, onPublished } = this.#options;
    const mark = publicationMark(folder);
    const smart = await openSmartPattern(productPath(folder, publication.components.smart.files[0]?.sha256 ?? ''));
    this.#patterns.push(smart);
    if (this.#patterns.length > 2) this.#patterns.shift()?.close();
    await this.#sign(publication, smart);
    this.#publication = publication;
    this.#mark = mark;
    onPublished(publication);
  }

  /** After a rotation of the keys. */
  async signAgain(): Promise<void> {
    const smart = this.#patterns.at(-1);
    if (this.#publication && smart && keysMark(this.#options.folder) !== this.#keysMark)
      await this.#sign(this.#publication, smart);
  }

  close(): void {
    for (const pattern of this.#patterns.splice(0)) pattern.close();
  }

  async #sign(publication: Publication, smart: SmartPattern): Promise<void> {
    const { folder, minWaitSeconds } = this.#options;
    const keys = await loadSigningKeys(folder);
    this.#keysMark = keysMark(folder);
    this.#published = published(publication, smart, { folder, keys, minWaitSeconds });
  }
}

function keysMark(folder: string): string {
  const found = statSync(signingKeyFile(folder), { throwIfNoEntry: false });
  return found ? `${found.ino}-${found.mtimeMs}` : '';
}

/**
 * What is to be served first: what was published last, if no file of it is damaged and it is what would be built now; else a new one. A build that takes
 * long is not waited for where there is something to serve: it goes on, and is noticed when it has ended.
 */
async function firstPublication(options: PublisherOptions, signal: AbortSignal): Promise<Publication> {
  const { folder, patternId, serveOldAfterMs = 10_000, onProblem } = options;
  const found = await intactPublication(options);
  if (found !== undefined && !isDue(options, found)) return found;
  const building = publish({ ...options, waitMs: startWaitMs, signal });
  if (found?.patternId === patternId) {
    const first = await Promise.race([building, delay(serveOldAfterMs, 'takes long' as const)]);
    if (first === 'takes long') {
      building.catch((error: Error) => {
        if (!signal.aborted) onProblem(`cannot publish a new version: ${error.message}`);
      });
      return found;
    }
  }
  const step = await building;
  if (step === undefined)
    throw new Error(`another process has been publishing in ${folder} for ${startWaitMs / 1000} s`);
  return step.now;
}

/** What was published last; undefined, and told, when a file of it is damaged. */
async function intactPublication({ folder, onProblem }: PublisherOptions): Promise<Publication | undefined> {
  const found = readPublication(folder);
  try {
    if (found !== undefined) await verifyPublication(folder, found);
    return found;
  } catch (error) {
    onProblem(`built again: ${(error as Error).message}`);
    return undefined;
  }
}

function isDue(options: PublisherOptions, publication: Publication | undefined): boolean {
  const { store, isAutomatic } = options;
  if (publication === undefined) return true;
  return (
    isAutomatic && isOutdated(publication, { ...options, change: newestChange(store.database), nowMs: Date.now() })
  );
}
