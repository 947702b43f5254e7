import { join } from 'node:path';
import {
  type ComponentAtHand,
  type ComponentDownload,
  ComponentRefused,
  type StoredComponent,
} from '../../actors/ports/components.ts';
import type { ComponentVersion } from '../../actors/ports/scanning.ts';
import { readDownload } from './download.ts';
import type { Manifest } from './manifest.ts';
import { asRefused } from './refusal.ts';
import { forgetRolledBack, noteRolledBack, type RolledBack, readRolledBack } from './rolled-back.ts';
import {
  describeVersion,
  listVersions,
  readManifest,
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

interface InUse<T> {
  name: string;
  value: T;
  manifest: Manifest;
}

/** One component on disk and in memory. What it does to the disk happens one after the other. */
export class Shelf<T extends ComponentVersion> {
  readonly #options: ShelfOptions<T>;
  #inUse: InUse<T> | undefined;
  #rolledBack: RolledBack | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ShelfOptions<T>) {
    this.#options = options;
  }

  /** Takes the newest version that verifies and was not rolled back. Answers what is wrong with the newer ones. */
  load(): Promise<string[]> {
    return this.#inTurn(async () => {
      const problems: string[] = [];
      try {
        const { folder } = this.#options;
        const names = await listVersions(folder);
        const rolledBack = await readRolledBack(folder).catch((error: Error) => void problems.push(error.message));
        this.#rolledBack = rolledBack ?? undefined;
        const found = await this.#newest(names, problems);
        if (found) this.#use(found);
        // The process was killed after it had taken a newer one.
        if (found && found.name > (rolledBack?.name ?? '')) this.#rolledBack = undefined;
      } catch (error) {
        problems.push(`cannot be read: ${(error as Error).message}`);
      }
      const instead = this.#inUse === undefined ? 'nothing is left' : `version ${this.#inUse.value.version} is used`;
      return problems.map((problem) => `${problem}; ${instead}`);
    });
  }

  atHand(): ComponentAtHand {
    const { folder } = this.#options;
    const inUse = this.#inUse;
    return {
      versions: [inUse?.manifest.version, this.#rolledBack?.version].filter((version) => version !== undefined),
      files: (inUse?.manifest.files ?? []).map(({ name, sha256 }) => ({
        ...{ name, sha256 },
        path: join(folder, inUse?.name ?? '', name),
      })),
    };
  }

  /** Verifies, writes and switches. Throws `ComponentRefused` and keeps the version in use. */
  install(download: ComponentDownload): Promise<void> {
    return this.#inTurn(async () => {
      const { folder, bytesMax, open } = this.#options;
      if (download.version === this.#rolledBack?.version) {
        throw new ComponentRefused('rolled-back', `version ${download.version} was rolled back`);
      }
      const { manifest, files } = await readDownload(download, bytesMax);
      const value = await open({ manifest, files, checkedAtMs: download.fetchedAtMs }).catch((error) => {
        throw asRefused(error, 'does-not-load', '');
      });
      const name = await writeVersion(folder, manifest, download.files).catch((error) => {
        throw asRefused(error, 'not-stored', 'it cannot be stored: ');
      });
      const before = this.#inUse?.name ?? (await this.#newestBefore(name));
      this.#use({ name, value, manifest });
      await this.#tidy(before === undefined ? [name] : [name, before]).catch((error: Error) =>
        this.#options.onProblem(`old versions cannot be removed: ${error.message}`),
      );
    });
  }

  /** The version before takes over, now and after a restart. Throws `ComponentRefused` and changes nothing. */
  rollback(): Promise<{ from: string; to: string }> {
    return this.#inTurn(async () => {
      const { folder } = this.#options;
      const inUse = this.#inUse;
      if (inUse === undefined) throw new ComponentRefused('nothing-before', 'no version is in use');
      const problems: string[] = [];
      const older = (await listVersions(folder)).filter((name) => name < inUse.name);
      const { version } = inUse.manifest;
      const found = await this.#newest(older, problems, version);
      if (found === undefined) {
        throw new ComponentRefused('nothing-before', ['there is no version before', ...problems].join(': '));
      }
      const rolledBack = { version, name: inUse.name };
      await noteRolledBack(folder, rolledBack).catch((error) => {
        throw asRefused(error, 'not-stored', 'it cannot be noted: ');
      });
      this.#rolledBack = rolledBack;
      this.#use(found);
      return { from: version, to: found.manifest.version };
    });
  }

  /** The version in use is still the newest: at once in memory, soon on disk. Nothing when there is none, or a newer one was rolled back. */
  confirm(checkedAtMs: number): void {
    if (this.#inUse === undefined || this.#rolledBack !== undefined) return;
    const { name, value } = this.#inUse;
    this.#use({ ...this.#inUse, value: { ...value, checkedAtMs } });
    this.#inTurn(() => writeCheckedAt(this.#options.folder, name, checkedAtMs)).catch((error: Error) =>
      this.#options.onProblem(`the time of the last check cannot be noted: ${error.message}`),
    );
  }

  /** What is on disk, newest first. Whoever has not loaded is told what a load would choose, as far as it is seen without reading it all. */
  versions(): Promise<StoredComponent[]> {
    return this.#inTurn(async () => {
      const { folder } = this.#options;
      const rolledBack = this.#rolledBack ?? (await readRolledBack(folder));
      let inUse = this.#inUse?.name;
      const stored: StoredComponent[] = [];
      for (const name of await listVersions(folder)) {
        const found = await describeVersion(folder, name).catch(() => undefined);
        const { version = name, fetchedAtMs = 0, files = [] } = found?.manifest ?? {};
        const isRolledBack = version === rolledBack?.version;
        if (found && !isRolledBack) inUse ??= name;
        const state = isRolledBack ? 'rolled-back' : found === undefined ? 'damaged' : 'kept';
        stored.push({
          ...{ version, fetchedAtMs, checkedAtMs: found?.checkedAtMs ?? 0 },
          state: name === inUse ? 'in-use' : state,
          bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        });
      }
      return stored;
    });
  }

  /** Resolves when everything asked for so far is done. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {});
  }

  /** The first that can be used, other than those not wanted; what is wrong with others is added to the problems. */
  async #newest(names: readonly string[], problems: string[], unwanted?: string): Promise<InUse<T> | undefined> {
    const { folder, bytesMax, open } = this.#options;
    for (const name of names) {
      try {
        const manifest = await readManifest(folder, name);
        if ([this.#rolledBack?.version, unwanted].includes(manifest.version)) continue;
        return { name, manifest, value: await open(await readVersion(folder, name, bytesMax)) };
      } catch (error) {
        problems.push(`${name} cannot be used: ${(error as Error).message}`);
      }
    }
    return undefined;
  }

  /** For an install before any load: what stands on disk is kept, too. */
  async #newestBefore(name: string): Promise<string | undefined> {
    return (await listVersions(this.#options.folder).catch(() => [])).find((other) => other !== name);
  }

  async #tidy(keep: readonly string[]): Promise<void> {
    const { folder } = this.#options;
    this.#rolledBack = undefined;
    await removeOthers(folder, keep);
    await forgetRolledBack(folder);
  }

  #use(inUse: InUse<T>): void {
    this.#inUse = inUse;
    this.#options.onChange(inUse.value);
  }

  #inTurn<R>(step: () => Promise<R>): Promise<R> {
    const result = this.#last.then(step, step);
    this.#last = result.catch(() => {});
    return result;
  }
}
