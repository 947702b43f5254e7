import { openBatch } from '../data/import-batch.ts';
import { allSources } from '../data/sources.ts';
import { starterSet } from '../data/starter-set.ts';
import { openStore } from '../data/store.ts';
import { feedSourceNames, isFeedSource } from './feed-sources.ts';
import { openFeedEntries } from './feed-table.ts';

/** What is to be imported. */
export interface ImportFeedOptions {
  /** Of the server. */
  folder: string;
  tableFile: string;
  nowMs: number;
}

/**
 * Makes what the table has all that the sources of the feed say: in one change, or in none where nothing is other than before. Takes seconds for
 * millions: not on a thread that answers. Throws `StoreBusy`, `StoreUnusable`, `SourceRefused`.
 * @returns how many entries they have
 */
export function importFeed({ folder, tableFile, nowMs }: ImportFeedOptions): number {
  const table = openFeedEntries(tableFile);
  const store = openStore(folder, starterSet);
  try {
    const batch = openBatch(store);
    try {
      const into = (name: string) => batch.into({ name, kind: 'malware', setting: {}, replace: true });
      // Also those that the topic does not name any more: what they said goes.
      for (const { name } of allSources(store.database)) if (isFeedSource(name)) into(name);
      const nameOf = feedSourceNames();
      for (const { hash, verdict, name, source } of table.entries(nowMs))
        into(nameOf(source)).add({ hash, name, agent: false, allow: verdict === 'clean' });
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
