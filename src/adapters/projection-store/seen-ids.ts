import type { DatabaseSync } from 'node:sqlite';
import { countedId } from '../../events/event-id.ts';

/** Ids of another form than ours that are remembered: duplicates stand close together, and position keeps old ones out. */
const FOREIGN_IDS_MAX = 100_000;

/** Statements that remember event ids of one generation. */
export interface SeenIds {
  /** A memory for one transaction; `save` writes what it took. */
  begin(): { take(stream: string, id: string): boolean; save(): void };
}

/**
 * Ids of ours are `<prefix of the process>.<counter>` and the counter grows in the order of the log, so the highest
 * counter for each stream and prefix says which were seen: a row a process start, however many events there are.
 */
export function createSeenIds(db: DatabaseSync, generation: number): SeenIds {
  const highest = db.prepare('SELECT counter FROM counters WHERE generation = ? AND stream = ? AND prefix = ?');
  const raise = db.prepare('INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?)');
  const keep = db.prepare('INSERT OR IGNORE INTO ids (generation, stream, id) VALUES (?, ?, ?)');
  const forget = db.prepare('DELETE FROM ids WHERE generation = ? AND number <= (SELECT max(number) FROM ids) - ?');
  return {
    begin() {
      const streams = new Map<string, Map<string, number>>();
      let isForeign = false;
      return {
        take(stream, id) {
          const counted = countedId(id);
          if (counted === undefined) {
            isForeign = true;
            return Number(keep.run(generation, stream, id).changes) > 0;
          }
          const { prefix, counter } = counted;
          const prefixes = streams.get(stream) ?? new Map<string, number>();
          streams.set(stream, prefixes);
          const seen = prefixes.get(prefix) ?? Number(highest.get(generation, stream, prefix)?.counter ?? -1);
          prefixes.set(prefix, Math.max(seen, counter));
          return counter > seen;
        },
        save() {
          for (const [stream, prefixes] of streams) {
            for (const [prefix, counter] of prefixes) raise.run(generation, stream, prefix, counter);
          }
          if (isForeign) forget.run(generation, FOREIGN_IDS_MAX);
        },
      };
    },
  };
}
