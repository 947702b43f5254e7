import { join } from 'node:path';
import { algorithmOf, decodeEntry, type Entry, hashBytes } from './entry.ts';
import { openEntryFile } from './entry-file.ts';
import { allSources, expiryOf, filesOf, type Source } from './sources.ts';
import type { Store } from './store.ts';

/** What one source says of a hash, and whether that counts. */
export interface Word {
  source: Source;
  entry: Entry;
  /** Seconds since 1970. */
  expires: number;
  /** `counts`, or why it does not. */
  standing: 'counts' | 'outvoted' | 'expired' | 'overridden';
}

/** All that is known of a hash. */
export interface Lookup {
  verdict: 'malicious' | 'allowed' | 'overridden' | 'unknown';
  /** Why it was overridden. */
  override?: { reason: string; time: number };
  /** The one that counts first, then by priority. */
  words: Word[];
}

/** What every source says of a hash; reads a block of each. Throws `StoreUnusable`, `EntryFileDamaged`. @param now seconds since 1970 */
export function lookUp(store: Store, hash: Buffer, now: number): Lookup {
  const { database } = store;
  const row = database.prepare('SELECT reason, time FROM overrides WHERE hash = ?').get(hash);
  const override = row && { reason: String(row.reason), time: Number(row.time) };
  const said = allSources(database).flatMap((source) => {
    const entry = entryIn(store, source, hash);
    return entry === undefined ? [] : [{ source, entry, expires: expiryOf(source, entry.seen) }];
  });
  const valid = said.filter(({ expires }) => expires > now);
  const top = valid[0]?.source.priority;
  const winner = valid.find(({ source, entry }) => source.priority === top && entry.allow) ?? valid[0];
  const words = said.map((word): Word => {
    const standing = override
      ? 'overridden'
      : word.expires <= now
        ? 'expired'
        : word === winner
          ? 'counts'
          : 'outvoted';
    return { ...word, standing };
  });
  words.sort((a, b) => Number(b.standing === 'counts') - Number(a.standing === 'counts'));
  const verdict = override ? 'overridden' : !winner ? 'unknown' : winner.entry.allow ? 'allowed' : 'malicious';
  return { verdict, ...(override && { override }), words };
}

function entryIn({ database, entriesFolder }: Store, source: Source, hash: Buffer): Entry | undefined {
  const algorithm = algorithmOf(hash);
  const file = filesOf(database, source.id).find((file) => file.algorithm === algorithm);
  if (file === undefined) return undefined;
  const reader = openEntryFile(join(entriesFolder, file.file), hashBytes[algorithm]);
  try {
    const record = reader.find(hash);
    return record && decodeEntry(record, hash.length);
  } finally {
    reader.close();
  }
}
