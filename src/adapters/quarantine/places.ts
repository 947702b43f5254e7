import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../files/durable-file.ts';
import { isDay, isId } from './quarantine-entry.ts';

/** Where a message of the quarantine stands: `<base>.eml`, `<base>.json`, and what a crash or a release left beside them. */
export interface Place {
  id: string;
  base: string;
  hasMetadata: boolean;
}

const endings = ['.eml', '.json', '.json.tmp', '.releasing'];

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The days that have a folder, the oldest first. */
export async function daysIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter(isDay).sort();
}

/** The message or metadata of each id in a day's folder; temporary files count as unfinished. */
export async function placesIn(dayFolder: string): Promise<Place[]> {
  const names = new Set(await namesIn(dayFolder));
  const ids = new Set([...names].map((name) => name.split('.', 1)[0] ?? '').filter(isId));
  return [...ids].map((id) => ({ id, base: join(dayFolder, id), hasMetadata: names.has(`${id}.json`) }));
}

/** What a place takes on disk, bytes, and when its message was written, milliseconds since 1970. Files that have just gone count nothing. */
export async function sizeOf({ base }: Place): Promise<{ bytes: number; timeMs: number }> {
  const files = await Promise.all(endings.map((ending) => stat(base + ending).catch(() => undefined)));
  const bytes = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  return { bytes, timeMs: Math.min(...files.map((file) => file?.mtimeMs ?? Number.POSITIVE_INFINITY)) };
}

/** Removes everything of a place, durably. The message goes first: what a crash leaves is shown as damaged, and can be removed again. */
export async function removePlace({ base }: Place): Promise<void> {
  for (const ending of endings) await rm(base + ending, { force: true });
  await syncFolder(dirname(base));
}

/** Removes a day's folder if nothing is in it. */
export async function removeIfEmpty(dayFolder: string): Promise<void> {
  await rmdir(dayFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  });
}
