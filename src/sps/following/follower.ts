import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createMirrorSource } from '../../adapters/update-source/mirror-source.ts';
import type { Published, PublishedComponent } from '../products/published.ts';
import { openSmartPattern, type SmartPattern } from '../products/smart-pattern/read.ts';
import { type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';
import { fetchSet } from './fetch-set.ts';
import {
  confirmFollowedSet,
  type FollowedSet,
  filesOfComponent,
  filesOfSet,
  followedAtMs,
  followedFolder,
  followedPath,
  wholeFollowedSet,
} from './followed-set.ts';

/** Which server is followed. */
export interface FollowOptions {
  /** `https://host:port`. */
  url: string;
  /** PEM file of the public keys that sign its components. */
  keysFile: string;
  /** PEM file of the authorities to trust beside the system's. */
  caFile?: string;
  /** File of the key that is shown to it. */
  apiKeyFile?: string;
  /** How often it is asked, ms. */
  intervalMs: number;
}

export interface FollowerOptions {
  /** Of this server. */
  folder: string;
  follow: FollowOptions;
  /** Another version is served from now on. */
  onFollowed: (versions: Readonly<Record<PackagedComponent, string>>) => void;
  /** Told when it is not what was told before. What is served stays. */
  onProblem: (problem: string) => void;
}

/** What is served, as it came from another server. */
export interface Follower {
  /** Replaced as a whole. Use it at once. */
  current(): Published;
  /** Seconds since the other server last said that this is what it serves. */
  followedSeconds(): number;
  close(): Promise<void>;
}

/** Space that no download takes, bytes. */
const freeBytesMin = 64 * 1024 * 1024;
/** Largest component, bytes: the most that a manifest can say of one file. */
const bytesMax = 8 * 1024 ** 3;
/** From one attempt to the next while there is nothing to serve yet, ms. */
const firstRetryMs = 2000;

/**
 * Serves what came last, and takes over what the other server serves. With nothing on disk it waits for the first; what stands in the way is told.
 */
export async function startFollower(options: FollowerOptions, signal?: AbortSignal): Promise<Follower> {
  const { folder, follow, onProblem } = options;
  const { intervalMs, ...where } = follow;
  const stop = new AbortController();
  signal?.addEventListener('abort', () => stop.abort(), { once: true });
  const source = createMirrorSource({ ...where, folder: join(folder, 'following'), bytesMax, freeBytesMin });
  const serving = new Serving(options);
  let told = '';

  async function round(): Promise<void> {
    try {
      const set = await fetchSet(source, folder, serving.set, stop.signal);
      if (set !== undefined) await serving.show(set);
      await confirmFollowedSet(folder, Date.now());
      told = '';
    } catch (error) {
      const problem = `cannot follow ${follow.url}: ${(error as Error).message}`;
      if (problem !== told && !stop.signal.aborted) onProblem(problem);
      told = problem;
    }
  }
  const kept = await wholeFollowedSet(folder);
  if (kept !== undefined) await serving.show(kept);
  do {
    await round();
    if (serving.set === undefined) await wait(firstRetryMs, undefined, { signal: stop.signal });
  } while (serving.set === undefined);

  const running = (async () => {
    for (;;) {
      await wait(intervalMs, undefined, { signal: stop.signal });
      await round();
    }
  })().catch(() => undefined);

  return {
    current: () => serving.current(),
    followedSeconds: () => Math.max(0, Math.floor((Date.now() - (followedAtMs(folder) ?? 0)) / 1000)),
    async close() {
      stop.abort();
      await running;
      source.close();
      serving.close();
    },
  };
}

/** What is served, and the open patterns. */
class Serving {
  readonly #options: FollowerOptions;
  #set: FollowedSet | undefined;
  #published: Published | undefined;
  /** The one in use last. */
  #patterns: SmartPattern[] = [];

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get set(): FollowedSet | undefined {
    return this.#set;
  }

  current(): Published {
    if (this.#published === undefined) throw new Error('nothing came yet');
    return this.#published;
  }

  /** Serves it from now on. Files of the one before stay, for whoever is in the middle of them. */
  async show(set: FollowedSet): Promise<void> {
    const { folder, onFollowed } = this.#options;
    const before = this.#set;
    const smart = await openSmartPattern(followedPath(folder, set.components.smart.manifest.files[0]?.sha256 ?? ''));
    this.#patterns.push(smart);
    if (this.#patterns.length > 2) this.#patterns.shift()?.close();
    this.#published = publishedOf(folder, set, before, smart);
    this.#set = set;
    await removeOthers(folder, new Set([...filesOfSet(set), ...(before === undefined ? [] : filesOfSet(before))]));
    const { smart: pattern, filter, agent, conventional } = set.components;
    onFollowed({
      ...{ smart: pattern.manifest.version, filter: filter.manifest.version },
      ...{ agent: agent.manifest.version, conventional: conventional.manifest.version },
    });
  }

  close(): void {
    for (const pattern of this.#patterns) pattern.close();
  }
}

function publishedOf(
  folder: string,
  set: FollowedSet,
  before: FollowedSet | undefined,
  smart: SmartPattern,
): Published {
  const { filter } = set.components;
  const { sha256 = '' } = filter.manifest.files[0] ?? {};
  const component = (name: PackagedComponent): PublishedComponent => {
    const there = filesOfComponent(set, name);
    const earlier = before === undefined ? new Set<string>() : filesOfComponent(before, name);
    const { envelope, manifest } = set.components[name];
    return {
      version: manifest.version,
      envelope: Buffer.from(envelope),
      path: (file) => (there.has(file) || earlier.has(file) ? followedPath(folder, file) : undefined),
    };
  };
  return {
    ...{ patternId: filter.manifest.patternId, patternVersion: filter.manifest.version, smart },
    filter: { path: followedPath(folder, sha256), sha256 },
    components: Object.fromEntries(
      packagedComponents.map((name) => [name, component(name)]),
    ) as Published['components'],
  };
}

async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(followedFolder(folder)))
    if (!keep.has(name)) await rm(join(followedFolder(folder), name), { force: true });
}
