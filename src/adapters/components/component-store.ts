import { join } from 'node:path';
import {
  ComponentRefused,
  type ComponentStore,
  type FilterDownload,
  type PatternDownload,
  type PatternName,
  type ScanComponents,
} from '../../actors/ports/scanning.ts';
import { PATTERN_BYTES_MAX, SIGNATURES_MAX } from '../hash-signatures/load.ts';
import { FILTER_BYTES_MAX } from '../query-filter/format.ts';
import { unpackFilter } from '../query-filter/read.ts';
import { FILES_MAX } from './manifest.ts';
import { openFilter } from './open-filter.ts';
import { openPattern } from './open-pattern.ts';
import { sha256Hex } from './sha256.ts';
import { Shelf } from './shelf.ts';
import type { ComponentFile } from './version-folder.ts';

type ComponentName = PatternName | 'filter';

export interface ComponentStoreOptions {
  /** `<state>/components`; made when first needed. Used by one process at a time. */
  folder: string;
  /** Trouble that changes nothing of what is in use: an old version that cannot be removed, a check that cannot be noted. */
  onProblem(component: ComponentName, problem: string): void;
  /** Largest filter, unpacked; bytes. Default 1 GiB. */
  filterBytesMax?: number;
  /** Largest pattern, all files together; bytes. Default 1 GiB. */
  patternBytesMax?: number;
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

/** A component store in a folder. Nothing is read before `load()`. */
export function createComponentStore(options: ComponentStoreOptions): FileComponentStore {
  const { folder, onProblem } = options;
  const { filterBytesMax = FILTER_BYTES_MAX, patternBytesMax = PATTERN_BYTES_MAX } = options;
  const { signaturesMax = SIGNATURES_MAX, yaraFileBytesMax = 100 * 2 ** 20 } = options;
  const patternLimits = { patternBytesMax, signaturesMax, yaraFileBytesMax };
  let current: ScanComponents = Object.freeze({});
  const publish = (change: ScanComponents) => {
    current = Object.freeze({ ...current, ...change });
  };
  const patternShelf = (name: PatternName) =>
    new Shelf({
      folder: join(folder, name),
      bytesMax: patternBytesMax,
      open: ({ manifest, files, checkedAtMs }) => openPattern(files, manifest.version, checkedAtMs, patternLimits),
      onChange: (value) => publish({ [name]: value }),
      onProblem: (problem) => onProblem(name, problem),
    });
  const shelves = {
    agent: patternShelf('agent'),
    conventional: patternShelf('conventional'),
    filter: new Shelf({
      folder: join(folder, 'filter'),
      bytesMax: filterBytesMax,
      open: async ({ manifest, files, checkedAtMs }) => {
        const content = files[0]?.content ?? Buffer.alloc(0);
        return openFilter(content, manifest.version, checkedAtMs, { bytesMax: filterBytesMax });
      },
      onChange: (value) => publish({ filter: value }),
      onProblem: (problem) => onProblem('filter', problem),
    }),
  };
  const names = Object.keys(shelves) as ComponentName[];
  return {
    current: () => current,
    load: async () => {
      const loaded = names.map(async (component) =>
        (await shelves[component].load()).map((problem) => ({ component, problem })),
      );
      return (await Promise.all(loaded)).flat();
    },
    installPattern: async (name, download) => {
      const { version, fetchedAtMs } = download;
      await shelves[name].install({ version, fetchedAtMs }, () => verifiedFiles(download));
    },
    installFilter: async (download) => {
      const { version, patternId, fetchedAtMs } = download;
      await shelves.filter.install({ version, patternId, fetchedAtMs }, async () => [
        { name: 'filter.bloom', content: await unpacked(download, filterBytesMax) },
      ]);
    },
    confirm: (component, atMs) => shelves[component].confirm(atMs),
    settled: async () => {
      await Promise.all(names.map((name) => shelves[name].settled()));
    },
  };
}

/** The files of a pattern, if each is what the update source says. */
async function verifiedFiles({ files }: PatternDownload): Promise<ComponentFile[]> {
  if (files.length > FILES_MAX) throw new ComponentRefused(`${files.length} files are more than ${FILES_MAX}`);
  for (const { name, sha256, content } of files) {
    if ((await sha256Hex(content)) !== sha256.toLowerCase()) {
      throw new ComponentRefused(`${JSON.stringify(name)} is not what the update source says: its SHA-256 differs`);
    }
  }
  return files.map(({ name, content }) => ({ name, content }));
}

async function unpacked({ content }: FilterDownload, bytesMax: number): Promise<Buffer> {
  try {
    return await unpackFilter(content, { bytesMax });
  } catch (cause) {
    throw new ComponentRefused((cause as Error).message, { cause });
  }
}
