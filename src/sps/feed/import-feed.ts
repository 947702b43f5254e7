import { openBatch } from '../data/import-batch.ts';
import { starterSet } from '../data/starter-set.ts';
import { openStore } from '../data/store.ts';
import { openFeedEntries } from './feed-table.ts';

/** Name of the source in the store. */
export const feedSource = 'kafka';

/** What is to be imported. */
export interface ImportFeedOptions {
  /** Of the server. */
  folder: string;
  tableFile: string;
  nowMs: number;
}

/**
 * Makes what the table has all that the source `kafka` says: in one change, or in none where nothing is other than before. Takes seconds for
 * millions: not on a thread that answers. Throws `StoreBusy`, `StoreUnusable`, `SourceRefused`.
 * @returns how many entries the source has
 */
export function importFeed({ folder, tableFile, nowMs }: ImportFeedOptions): number {
  const table = openFeedEntries(tableFile);
  const store = openStore(folder, starterSet);
  try {
    const batch = openBatch(store);
    try {
      const target = batch.into({ name: feedSource, kind: 'malware', setting: {}, replace: true });
      for (const { hash, verdict, name } of table.entries(nowMs))
        target.add({ hash, name, agent: false, allow: verdict === 'clean' });
      batch.commit('Kafka');
      return batch.count();
    } finally {
      batch.close();
    }
  } finally {
    store.close();
    table.close();
  }
}
