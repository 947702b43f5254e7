import type { ContentEngine, ContentPattern, LoadContentEngine } from '../../actors/ports/scanning.ts';

/** How to load the patterns of each engine, by `ContentPattern.engine`. */
export type EngineLoaders = Readonly<Record<string, LoadContentEngine>>;

/** A loaded engine under its name. */
export interface NamedEngine {
  name: string;
  engine: ContentEngine;
}

/** Loaded patterns that are kept: those of both pattern sets, and of the version before while its scans end. */
const LOADED_MAX = 8;

/** The engines of the patterns that were asked for last, each loaded once. */
export class ContentEngines {
  readonly #loaders: EngineLoaders;
  readonly #loaded = new Map<string, NamedEngine>();

  constructor(loaders: EngineLoaders) {
    this.#loaders = loaders;
  }

  /** Which patterns are loaded, the one asked for longest ago first. */
  ids(): string[] {
    return [...this.#loaded.keys()];
  }

  /** Loads what is not loaded yet. Throws what the loader throws, and an `Error` for an engine that is not known. */
  async of(patterns: readonly ContentPattern[]): Promise<NamedEngine[]> {
    const engines = [];
    for (const pattern of patterns) engines.push(await this.#of(pattern));
    return engines;
  }

  async #of({ id, engine: name, data }: ContentPattern): Promise<NamedEngine> {
    const found = this.#loaded.get(id) ?? { name, engine: await this.#load(name, data) };
    this.#loaded.delete(id);
    this.#loaded.set(id, found);
    const [oldest] = this.#loaded.keys();
    if (this.#loaded.size > LOADED_MAX && oldest !== undefined) {
      this.#loaded.get(oldest)?.engine.close?.();
      this.#loaded.delete(oldest);
    }
    return found;
  }

  #load(name: string, data: unknown): ContentEngine | Promise<ContentEngine> {
    const load = this.#loaders[name];
    if (load === undefined) throw new Error(`no such engine: ${name}`);
    return load(data);
  }
}
