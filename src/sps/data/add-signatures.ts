import type { SourceReport } from './commit-import.ts';
import { openBatch } from './import-batch.ts';
import type { MergeCounts } from './merge-entries.ts';
import type { NewSignature } from './new-signature.ts';
import { type Piece, putPiece } from './pieces.ts';
import { localSource } from './schema.ts';
import { changeStore, noteChange, type Store } from './store.ts';

/** How much an import brought into each pattern that its source had not said before. */
export interface Added {
  smart: number;
  agent: number;
  conventional: number;
}

/** Adds signatures to the source `local`, all or none. Throws `StoreUnusable`. @param label what it is, for a person */
export function addSignatures(store: Store, label: string, signatures: Iterable<NewSignature>): Added {
  const batch = openBatch(store);
  try {
    const target = batch.into({ name: localSource, kind: 'malware', setting: {}, replace: false });
    for (const signature of signatures) target.add(signature);
    return addedBy(batch.commit(label));
  } finally {
    batch.close();
  }
}

/** Puts pieces of local patterns, all or none. Throws `StoreUnusable`, what `check` throws. @param check of the result, before it counts */
export function addPiece(store: Store, label: string, piece: Piece, check: () => void = () => {}): Added {
  return changeStore(store, (database) => {
    const { conventional, agent } = putPiece(database, piece);
    check();
    if (conventional || agent) noteChange(database, label);
    return { smart: 0, agent: Number(agent), conventional: Number(conventional) };
  });
}

export function addedBy(reports: readonly SourceReport[]): Added {
  const all = reports.flatMap(({ counts }) => Object.values(counts));
  const sum = (counts: readonly MergeCounts[], name: 'added' | 'agent') =>
    counts.reduce((total, one) => total + one[name], 0);
  return {
    smart: sum(
      reports.flatMap(({ counts }) => counts.sha256 ?? []),
      'added',
    ),
    agent: sum(all, 'agent'),
    conventional: sum(all, 'added'),
  };
}
