import { join } from 'node:path';
import {
  type CommitProgress,
  commitParts,
  type ImportPart,
  type SourceChoice,
  type SourceReport,
} from './commit-import.ts';
import { type Algorithm, algorithmOf, encodeEntry, hashBytes } from './entry.ts';
import { ownPrefix, removeUnused } from './entry-folder.ts';
import type { NewSignature } from './new-signature.ts';
import { createSorter, type Sorter } from './sort-entries.ts';
import { findSource, refuseOtherKind, refuseStarter, SourceRefused } from './sources.ts';
import type { Store } from './store.ts';

/** What is read for an import, before it counts. */
export interface Batch {
  /** Takes signatures for a source. Throws `SourceRefused`. */
  into(choice: SourceChoice): Target;
  /** How many signatures were taken. */
  count(): number;
  /** Makes it count, all at once. Throws `StoreBusy`, `StoreUnusable`, `SourceRefused`. @param label what it is, for a person */
  commit(label: string, onProgress?: CommitProgress): SourceReport[];
  /** Removes what is on disk for it. */
  close(): void;
}

/** Where signatures of one source go. */
export interface Target {
  add(signature: NewSignature): void;
  /** Something about its version, for people; the last one stays. */
  tell(info: string): void;
}

/** Begins an import. To be closed. */
export function openBatch(store: Store): Batch {
  removeUnused(store.database, store.entriesFolder);
  const path = join(store.entriesFolder, ownPrefix());
  const now = Math.floor(Date.now() / 1000);
  const parts = new Map<string, ImportPart & { sorters: Map<Algorithm, Sorter> }>();
  let count = 0;

  function into(choice: SourceChoice): Target {
    refuseStarter(choice.name);
    // It is asked once more when the import is to count; but this is said before all is read.
    refuseOtherKind(findSource(store.database, choice.name), choice.kind);
    const part = parts.get(choice.name) ?? { choice, sorters: new Map<Algorithm, Sorter>() };
    if (part.choice.kind !== choice.kind) throw new SourceRefused(`source ${choice.name} cannot be both`);
    parts.set(choice.name, part);
    return {
      add(signature) {
        const algorithm = algorithmOf(signature.hash);
        let sorter = part.sorters.get(algorithm);
        if (sorter === undefined) {
          sorter = createSorter(`${path}-${parts.size}-${algorithm}`, hashBytes[algorithm]);
          part.sorters.set(algorithm, sorter);
        }
        const allow = signature.allow ?? choice.kind === 'allow';
        sorter.add(encodeEntry({ ...signature, allow, since: now, seen: now }));
        count++;
      },
      tell(info) {
        part.info = info;
      },
    };
  }

  return {
    into,
    count: () => count,
    commit: (label, onProgress = () => {}) => commitParts(store, [...parts.values()], { label, now, onProgress }),
    close() {
      for (const { sorters } of parts.values()) for (const sorter of sorters.values()) sorter.close();
    },
  };
}
