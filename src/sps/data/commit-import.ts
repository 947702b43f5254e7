import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Algorithm, algorithms, hashBytes } from './entry.ts';
import { openEntryFile } from './entry-file.ts';
import { keepEntryFile, type WrittenFile, writeEntryFile } from './entry-folder.ts';
import { type MergeCounts, mergeEntries, noCounts } from './merge-entries.ts';
import type { Sorter } from './sort-entries.ts';
import {
  addSource,
  changeSource,
  filesOf,
  findSource,
  refuseOtherKind,
  type Source,
  SourceRefused,
  type SourceSetting,
} from './sources.ts';
import { changeStore, noteChange, type Store } from './store.ts';

/** Which source an import goes into, and how. */
export interface SourceChoice {
  name: string;
  /** Must be what the source is, if there is one of this name. */
  kind: Source['kind'];
  setting: SourceSetting;
  /** What is imported is all that the source says: what is not in it goes. */
  replace: boolean;
}

/** What an import has for one source. */
export interface ImportPart {
  choice: SourceChoice;
  /** About its version, for people. */
  info?: string;
  sorters: ReadonlyMap<Algorithm, Sorter>;
}

/** What an import did to one source. */
export interface SourceReport {
  source: string;
  /** By algorithm; what was not touched is not there. */
  counts: Partial<Record<Algorithm, MergeCounts>>;
  /** How many entries the source holds now. */
  holds: number;
}

/** Told how many entries are written, of about how many. */
export type CommitProgress = (written: number, total: number) => void;

export interface CommitOptions {
  /** What is imported, for a person. */
  label: string;
  /** Seconds since 1970. */
  now: number;
  onProgress: CommitProgress;
}

/** A file of a source, merged with what is new. */
interface Merged {
  algorithm: Algorithm;
  /** Name of the file that it was made of. */
  from: string | undefined;
  /** Undefined: nothing is left. */
  written: WrittenFile | undefined;
  counts: MergeCounts;
}

/** An import into one source, ready to count. */
interface Prepared {
  part: ImportPart;
  source: Source | undefined;
  merged: Merged[];
}

const triesMax = 20;
const progressEntries = 100_000;

/**
 * Makes an import count, all at once. Entries are merged while others may write; when a source has become another meanwhile, its part
 * is merged once more. Throws `StoreBusy`, `StoreUnusable`, `SourceRefused`.
 */
export function commitParts(store: Store, parts: readonly ImportPart[], options: CommitOptions): SourceReport[] {
  let prepared = parts.map((part) => prepare(store, part, options));
  for (let tries = 1; !countsNow(store, prepared, options.label); tries++) {
    if (tries === triesMax) throw new SourceRefused('other imports into the same source never end');
    prepared = prepared.map((one) => (isCurrent(store.database, one) ? one : prepareAnew(store, one, options)));
  }
  for (const { merged } of prepared)
    for (const { from, written } of merged) if (from !== undefined && from !== written?.file) remove(store, from);
  return prepared.map(({ part, merged }) => ({
    source: part.choice.name,
    counts: Object.fromEntries(merged.map(({ algorithm, counts }) => [algorithm, counts])),
    holds: holds(store.database, part.choice.name),
  }));
}

function prepareAnew(store: Store, { part, merged }: Prepared, options: CommitOptions): Prepared {
  for (const { written } of merged) if (written) remove(store, written.file);
  return prepare(store, part, options);
}

function prepare(store: Store, part: ImportPart, options: CommitOptions, tries = 1): Prepared {
  try {
    return prepareOnce(store, part, options);
  } catch (error) {
    // Another import has put a new file in the place of the one that was to be read.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === triesMax) throw error;
    return prepare(store, part, options, tries + 1);
  }
}

function prepareOnce(store: Store, part: ImportPart, { now, onProgress }: CommitOptions): Prepared {
  const { choice, sorters } = part;
  const source = findSource(store.database, choice.name);
  refuseOtherKind(source, choice.kind);
  const files = source === undefined ? [] : filesOf(store.database, source.id);
  const { expiresDays = source?.expiresDays ?? null } = choice.setting;
  const touched = algorithms.filter(
    (algorithm) => sorters.has(algorithm) || (choice.replace && files.some((file) => file.algorithm === algorithm)),
  );
  const merged = touched.map((algorithm) => {
    const hashLength = hashBytes[algorithm];
    const file = files.find((file) => file.algorithm === algorithm);
    const reader = file && openEntryFile(join(store.entriesFolder, file.file), hashLength);
    const counts = noCounts();
    try {
      const old = reader?.records() ?? [].values();
      const fresh = sorters.get(algorithm)?.sorted() ?? [].values();
      const records = mergeEntries(old, fresh, {
        ...{ hashLength, replace: choice.replace, expiresDays: expiresDays ?? undefined, now, counts },
      });
      const total = (file?.count ?? 0) + (sorters.get(algorithm)?.count() ?? 0);
      const written = writeEntryFile(store.entriesFolder, algorithm, counted(records, total, onProgress));
      return { algorithm, from: file?.file, written, counts };
    } finally {
      reader?.close();
    }
  });
  return { part, source, merged };
}

function* counted(records: Iterable<Buffer>, total: number, onProgress: CommitProgress): Generator<Buffer> {
  let count = 0;
  for (const record of records) {
    yield record;
    if (++count % progressEntries === 0) onProgress(count, total);
  }
}

/** False, and nothing has changed, when a source is not any more what it was merged with. */
function countsNow(store: Store, prepared: readonly Prepared[], label: string): boolean {
  return changeStore(store, (database) => {
    if (!prepared.every((one) => isCurrent(database, one))) return false;
    const isOther = prepared.map((one) => keep(database, one));
    if (isOther.includes(true)) noteChange(database, label);
    return true;
  });
}

function isCurrent(database: DatabaseSync, { part, source, merged }: Prepared): boolean {
  const found = findSource(database, part.choice.name);
  if (found?.id !== source?.id) return false;
  const files = found === undefined ? [] : filesOf(database, found.id);
  return merged.every(({ algorithm, from }) => files.find((file) => file.algorithm === algorithm)?.file === from);
}

/** True when products could show the difference. */
function keep(database: DatabaseSync, { part, merged }: Prepared): boolean {
  const { name, kind, setting } = part.choice;
  const found = findSource(database, name);
  if (found === undefined) addSource(database, name, kind, setting);
  const source = findSource(database, name);
  if (source === undefined) throw new Error(`no source ${name}`);
  const isSet = found !== undefined && changeSource(database, source, setting);
  for (const { algorithm, written } of merged) keepEntryFile(database, source.id, algorithm, written);
  database
    .prepare('UPDATE sources SET updated = unixepoch(), info = ifnull(?, info) WHERE id = ?')
    .run(part.info ?? null, source.id);
  return isSet || merged.some(({ counts }) => counts.added + counts.changed + counts.removed + counts.expired > 0);
}

function holds(database: DatabaseSync, name: string): number {
  const source = findSource(database, name);
  return source === undefined ? 0 : filesOf(database, source.id).reduce((sum, { count }) => sum + count, 0);
}

function remove({ entriesFolder }: Store, file: string): void {
  rmSync(join(entriesFolder, file), { force: true });
}
