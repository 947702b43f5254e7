import { join } from 'node:path';
import { type Algorithm, hashBytes, shownName } from './entry.ts';
import { type EntryFileReader, openEntryFile } from './entry-file.ts';
import { formatSignatureLine } from './formats/signature-line.ts';
import { allOverrides } from './overrides.ts';
import { type Piece, pieces } from './pieces.ts';
import { allSources, countingAt, filesOf, type Source, type SourceFile } from './sources.ts';
import { newestChange, openStore, type Store, StoreUnusable } from './store.ts';
import { type Winner, winners } from './winners.ts';

/** A SHA-256 that the smart scan pattern holds. */
export interface SmartEntry {
  /** 32 bytes; stays valid. */
  hash: Buffer;
  /** Of the malware. */
  name: string;
  /** Name of the source whose word counts. */
  source: string;
}

/** A pattern that gateways hold themselves. */
export type LocalPattern = 'agent' | 'conventional';

/**
 * The store at one moment: whatever is imported or overridden meanwhile, every reading sees the same. For each hash the word of one
 * source counts, the one of highest priority; what is expired, allowed or overridden is left out.
 */
export interface Snapshot {
  /** Number of the newest change in it; rises with every change that products could show. */
  change: number;
  /** From this moment on a snapshot has less in it, as entries expire: products are to be built anew. Milliseconds since 1970. */
  validUntilMs: number;
  /** SHA-256 of all sources together: at least as many as `smart` gives. */
  smartMax: number;
  /** What goes into smart scan pattern and filter, by rising hash, each once. */
  smart(): Iterable<SmartEntry>;
  /** Lines of a pattern file, each with its line end: `hdb` has the MD5, `hsb` the SHA-1 and then the SHA-256; each by rising hash. */
  lines(pattern: LocalPattern, ending: 'hdb' | 'hsb'): Iterable<string>;
  /** Samples and rules of a local pattern, by name. Rules with empty content are to be left out. */
  pieces(kind: Piece['kind'], pattern: LocalPattern): Piece[];
  close(): void;
}

/** A source's file, open. */
interface OpenFile extends SourceFile {
  source: Source;
  reader: EntryFileReader;
}

/** Takes a snapshot of the store in an SPS folder. Throws `StoreUnusable`. */
export function openSnapshot(folder: string, nowMs: number): Snapshot {
  const store = openStore(folder, () => []);
  try {
    return snapshotOf(store, nowMs);
  } catch (error) {
    store.close();
    throw error;
  }
}

function snapshotOf(store: Store, nowMs: number): Snapshot {
  const { database } = store;
  const now = Math.floor(nowMs / 1000);
  const files = openFiles(store);
  const counting = files.map((file) => ({ file, ...countingAt(file.source, file, now) }));
  const overridden = allOverrides(database).map(({ hash }) => hash);
  const isOverridden = new Set(overridden.map((hash) => hash.toString('hex')));
  const read = (algorithm: Algorithm) => {
    const voices = files
      .filter((file) => file.algorithm === algorithm)
      .map(({ source, reader }) => ({ source, records: reader.records() }));
    const length = hashBytes[algorithm];
    return winners(
      voices,
      overridden.filter((hash) => hash.length === length),
      length,
      now,
    );
  };
  return {
    change: newestChange(database),
    validUntilMs: Math.min(...counting.map(({ nextExpiry }) => nextExpiry), Number.POSITIVE_INFINITY) * 1000,
    smartMax: counting.reduce((sum, { file, count }) => sum + (file.algorithm === 'sha256' ? count : 0), 0),
    *smart() {
      for (const { entry, source } of read('sha256'))
        yield { hash: entry.hash, name: shownName(entry), source: source.name };
    },
    *lines(pattern, ending) {
      for (const algorithm of ending === 'hdb' ? (['md5'] as const) : (['sha1', 'sha256'] as const))
        for (const winner of read(algorithm)) if (winner[pattern]) yield lineOf(winner);
    },
    pieces: (kind, pattern) =>
      pieces(database, kind, pattern).filter(({ name }) => kind !== 'sample' || !isOverridden.has(name)),
    close() {
      for (const { reader } of files) reader.close();
      store.close();
    },
  };
}

function lineOf({ entry }: Winner): string {
  return formatSignatureLine({ ...entry, name: shownName(entry) });
}

const triesMax = 10;

/**
 * Opens what counts in one read transaction, which stays open. An import that ends between the two may have removed a file by then:
 * the next try sees what it has put in its place.
 */
function openFiles({ database, entriesFolder, file: storeFile }: Store): OpenFile[] {
  for (let tries = 1; ; tries++) {
    database.exec('BEGIN');
    const files: OpenFile[] = [];
    try {
      for (const source of allSources(database))
        for (const file of filesOf(database, source.id))
          files.push({
            ...file,
            source,
            reader: openEntryFile(join(entriesFolder, file.file), hashBytes[file.algorithm]),
          });
      return files;
    } catch (error) {
      for (const { reader } of files) reader.close();
      database.exec('ROLLBACK');
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isGone && tries < triesMax) continue;
      throw new StoreUnusable(
        `${storeFile}: ${(error as Error).message}. Remove the source that the file belongs to and import it anew`,
        { cause: error },
      );
    }
  }
}
