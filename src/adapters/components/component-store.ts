import { join } from 'node:path';
import type { ComponentStore } from '../../actors/ports/components.ts';
import type { PatternName, ScanComponents } from '../../actors/ports/scanning.ts';
import { type ComponentName, componentNames } from '../../events/command.ts';
import { PATTERN_BYTES_MAX, SIGNATURES_MAX } from '../hash-signatures/load.ts';
import { FILTER_BYTES_MAX } from '../query-filter/format.ts';
import type { Manifest } from './manifest.ts';
import { openFilter } from './open-filter.ts';
import { openPattern } from './open-pattern.ts';
import { Shelf } from './shelf.ts';

export interface ComponentStoreOptions {
  /** `<state>/components`; made when first needed. Used by one process at a time. */
  folder: string;
  /** Trouble that changes nothing of what is in use: an old version that cannot be removed, a check that cannot be noted. */
  onProblem(component: ComponentName, problem: string): void;
  /** Largest component, all files together; bytes. Default 1 GiB each. */
  bytesMax?: Partial<Readonly<Record<ComponentName, number>>>;
  /** Most signatures of a pattern. Default 20 million. */
  signaturesMax?: number;
  /** Largest content that YARA rules look at; bytes. Default 100 MiB. */
  yaraFileBytesMax?: number;
}

/** The store, and a way to wait for the disk. */
export interface FileComponentStore extends ComponentStore {
  /** Resolves when every install and confirmation so far is on disk: call it before the process ends. */
  settled(): Promise<void>;
}

const belongsTo = ({ patternId }: Manifest) => (patternId === undefined ? {} : { patternId });

/** A component store in a folder. Nothing is read before `load()`. */
export function createComponentStore(options: ComponentStoreOptions): FileComponentStore {
  const { folder, onProblem } = options;
  const { signaturesMax = SIGNATURES_MAX, yaraFileBytesMax = 100 * 2 ** 20 } = options;
  const bytesMax = {
    ...{ agent: PATTERN_BYTES_MAX, conventional: PATTERN_BYTES_MAX, filter: FILTER_BYTES_MAX },
    ...options.bytesMax,
  };
  let current: ScanComponents = Object.freeze({});
  const publish = (change: ScanComponents) => {
    current = Object.freeze({ ...current, ...change });
  };
  const patternShelf = (name: PatternName) =>
    new Shelf({
      folder: join(folder, name),
      bytesMax: bytesMax[name],
      open: ({ manifest, files, checkedAtMs }) =>
        openPattern(files, manifest.version, checkedAtMs, {
          ...{ patternBytesMax: bytesMax[name], signaturesMax, yaraFileBytesMax },
        }).then((pattern) => ({ ...pattern, ...belongsTo(manifest) })),
      onChange: (value) => publish({ [name]: value }),
      onProblem: (problem) => onProblem(name, problem),
    });
  const shelves = {
    agent: patternShelf('agent'),
    conventional: patternShelf('conventional'),
    filter: new Shelf({
      folder: join(folder, 'filter'),
      bytesMax: bytesMax.filter,
      open: async ({ manifest, files, checkedAtMs }) => {
        const content = files[0]?.content ?? Buffer.alloc(0);
        const filter = await openFilter(content, manifest.version, checkedAtMs, { bytesMax: bytesMax.filter });
        return { ...filter, ...belongsTo(manifest) };
      },
      onChange: (value) => publish({ filter: value }),
      onProblem: (problem) => onProblem('filter', problem),
    }),
  };
  return {
    current: () => current,
    load: async () => {
      const loaded = componentNames.map(async (component) =>
        (await shelves[component].load()).map((problem) => ({ component, problem })),
      );
      return (await Promise.all(loaded)).flat();
    },
    atHand: (component) => shelves[component].atHand(),
    install: (download) => shelves[download.component].install(download),
    confirm: (component, atMs) => shelves[component].confirm(atMs),
    rollback: (component) => shelves[component].rollback(),
    versions: (component) => shelves[component].versions(),
    settled: async () => {
      await Promise.all(componentNames.map((name) => shelves[name].settled()));
    },
  };
}
