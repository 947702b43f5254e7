import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { daysIn, type Place, placesIn, removePlace } from './places.ts';
import { QuarantineProblem } from './problem.ts';
import { metadataBytesMax, parseEntry, type StoredEntry } from './quarantine-entry.ts';
import { beginRelease, type Release } from './release.ts';

/** What is in the quarantine. */
export interface Listing {
  /** Newest first. */
  entries: StoredEntry[];
  /** Entries that cannot be read, one line each. */
  damaged: string[];
  /** Messages without metadata: what a crash left of a message that was not accepted, so that its sender still has it. */
  unfinished: string[];
}

/** Which entries are wanted; all of them when nothing is said. */
export interface Wanted {
  /** At most so many, from the newest back. */
  limit?: number;
  fits?: (entry: StoredEntry) => boolean;
}

/** The quarantine for those who look into it. An id may be cut to a prefix that fits one entry only. Methods throw `QuarantineProblem`. */
export interface OpenQuarantine {
  list(wanted?: Wanted): Promise<Listing>;
  read(id: string): Promise<{ entry: StoredEntry; content: Buffer }>;
  /** Removes message and metadata, also damaged or unfinished ones; returns the whole id. */
  delete(id: string): Promise<string>;
  /** See `beginRelease`. */
  release(id: string, isAgain: boolean): Promise<Release>;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function readEntry({ base, id }: Place): Promise<StoredEntry> {
  try {
    const { size } = await stat(`${base}.json`);
    if (size > metadataBytesMax) throw new Error(`over ${metadataBytesMax} bytes`);
    const entry = parseEntry(await readFile(`${base}.json`, 'utf8'));
    if (entry.id.toUpperCase() !== id.toUpperCase()) throw new Error(`is of ${entry.id}`);
    await stat(`${base}.eml`);
    return entry;
  } catch (error) {
    throw new QuarantineProblem('damaged', `${id}: damaged metadata or message: ${messageOf(error)}`, { cause: error });
  }
}

function newestFirst(a: StoredEntry, b: StoredEntry): number {
  return Date.parse(b.time) - Date.parse(a.time) || (a.id < b.id ? -1 : 1);
}

/** Opens a quarantine folder, which may be missing: then it is empty. Safe beside a running gateway. */
export function openQuarantine(folder: string): OpenQuarantine {
  async function daysNewestFirst(): Promise<string[]> {
    return (await daysIn(folder)).reverse().map((day) => join(folder, day));
  }

  async function find(prefix: string): Promise<Place> {
    const places = (await Promise.all((await daysNewestFirst()).map(placesIn))).flat();
    const found = places.filter(({ id }) => prefix !== '' && id.toUpperCase().startsWith(prefix.toUpperCase()));
    const [place] = found;
    if (!place) throw new QuarantineProblem('unknown', `${JSON.stringify(prefix)}: no such message in quarantine`);
    if (found.length > 1) {
      throw new QuarantineProblem(
        'ambiguous',
        `${JSON.stringify(prefix)}: fits ${found.length} messages, give more of the id`,
      );
    }
    return place;
  }

  async function findEntry(id: string): Promise<{ place: Place; entry: StoredEntry }> {
    const place = await find(id);
    if (!place.hasMetadata) throw new QuarantineProblem('damaged', `${place.id}: unfinished, has no metadata`);
    return { place, entry: await readEntry(place) };
  }

  return {
    async list({ limit = Number.POSITIVE_INFINITY, fits = () => true }: Wanted = {}) {
      const listing: Listing = { entries: [], damaged: [], unfinished: [] };
      for (const dayFolder of await daysNewestFirst()) {
        const entries: StoredEntry[] = [];
        for (const place of await placesIn(dayFolder)) {
          if (!place.hasMetadata) listing.unfinished.push(place.id);
          else
            await readEntry(place).then(
              (entry) => entries.push(entry),
              (error) => listing.damaged.push(messageOf(error)),
            );
        }
        listing.entries.push(...entries.filter(fits).sort(newestFirst));
        if (listing.entries.length >= limit) break;
      }
      listing.entries.splice(limit);
      return listing;
    },

    async read(id) {
      const { place, entry } = await findEntry(id);
      return { entry, content: await readFile(`${place.base}.eml`) };
    },

    async delete(id) {
      const place = await find(id);
      await removePlace(place);
      return place.id;
    },

    async release(id, isAgain) {
      const { place, entry } = await findEntry(id);
      return beginRelease(place, entry, isAgain);
    },
  };
}
