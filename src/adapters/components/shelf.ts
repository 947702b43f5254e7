import { ComponentRefused, type ComponentVersion } from '../../actors/ports/scanning.ts';
import { checkManifest, type Manifest } from './manifest.ts';
import { sha256Hex } from './sha256.ts';
import {
  type ComponentFile,
  listVersions,
  readVersion,
  removeOthers,
  type StoredVersion,
  writeCheckedAt,
  writeVersion,
} from './version-folder.ts';

/** What a shelf is for. */
export interface ShelfOptions<T extends ComponentVersion> {
  /** Folder of this one component; made when first needed. */
  folder: string;
  /** Largest sum of the files; bytes. */
  bytesMax: number;
  /** Loads and tries a version; throws when it cannot be used. */
  open(version: StoredVersion): Promise<T>;
  /** Called with each new value. */
  onChange(value: T): void;
  /** Something beside the point went wrong: an old version cannot be removed, a confirmation not be noted. */
  onProblem(problem: string): void;
}

/** One component on disk and in memory. What it does to the disk happens one after the other. */
export class Shelf<T extends ComponentVersion> {
  readonly #options: ShelfOptions<T>;
  #inUse: { name: string; value: T } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ShelfOptions<T>) {
    this.#options = options;
  }

  /** Takes the newest version that verifies. Answers what is wrong with the newer ones. */
  load(): Promise<string[]> {
    return this.#inTurn(async () => {
      const { folder, bytesMax, open } = this.#options;
      const problems: string[] = [];
      try {
        for (const name of await listVersions(folder)) {
          try {
            this.#use(name, await open(await readVersion(folder, name, bytesMax)));
            break;
          } catch (error) {
            problems.push(`${name} cannot be used: ${(error as Error).message}`);
          }
        }
      } catch (error) {
        problems.push(`cannot be read: ${(error as Error).message}`);
      }
      const instead = this.#inUse === undefined ? 'nothing is left' : `version ${this.#inUse.value.version} is used`;
      return problems.map((problem) => `${problem}; ${instead}`);
    });
  }

  /**
   * Verifies, writes and switches. Throws `ComponentRefused` and keeps the version in use.
   * @param verified checks the files in its turn, else a small one asked for later would be passed by a large one
   */
  install(about: Omit<Manifest, 'files'>, verified: () => Promise<ComponentFile[]>): Promise<void> {
    return this.#inTurn(async () => {
      const { folder, open } = this.#options;
      const files = await verified();
      const manifest = await this.#refuse('', async () => this.#manifest(about, files));
      const value = await this.#refuse('', () => open({ manifest, files, checkedAtMs: about.fetchedAtMs }));
      const name = await this.#refuse('it cannot be stored: ', () => writeVersion(folder, manifest, files));
      const before = this.#inUse?.name ?? (await this.#newestBefore(name));
      this.#use(name, value);
      await removeOthers(folder, before === undefined ? [name] : [name, before]).catch((error: Error) =>
        this.#options.onProblem(`old versions cannot be removed: ${error.message}`),
      );
    });
  }

  /** The version in use is still the newest: at once in memory, soon on disk. Nothing when there is none. */
  confirm(checkedAtMs: number): void {
    if (this.#inUse === undefined) return;
    const { name, value } = this.#inUse;
    this.#use(name, { ...value, checkedAtMs });
    this.#inTurn(() => writeCheckedAt(this.#options.folder, name, checkedAtMs)).catch((error: Error) =>
      this.#options.onProblem(`the time of the last check cannot be noted: ${error.message}`),
    );
  }

  /** Resolves when everything asked for so far is done. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {});
  }

  async #manifest(about: Omit<Manifest, 'files'>, files: ComponentFile[]): Promise<Manifest> {
    const bytes = files.reduce((sum, file) => sum + file.content.length, 0);
    if (bytes > this.#options.bytesMax) {
      throw new Error(`${bytes} bytes are more than the allowed ${this.#options.bytesMax}`);
    }
    const listed = [];
    for (const { name, content } of files) {
      listed.push({ name, bytes: content.length, sha256: await sha256Hex(content) });
    }
    return checkManifest({ ...about, files: listed });
  }

  async #refuse<R>(prefix: string, step: () => Promise<R>): Promise<R> {
    try {
      return await step();
    } catch (cause) {
      throw new ComponentRefused(prefix + (cause as Error).message, { cause });
    }
  }

  /** For an install before any load: what stands on disk is kept, too. */
  async #newestBefore(name: string): Promise<string | undefined> {
    return (await listVersions(this.#options.folder).catch(() => [])).find((other) => other !== name);
  }

  #use(name: string, value: T): void {
    this.#inUse = { name, value };
    this.#options.onChange(value);
  }

  #inTurn<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#last.then(step, step);
    this.#last = result.catch(() => {});
    return result;
  }
}
