import { join } from 'node:path';
import { daysIn, type Place, placesIn, removeIfEmpty, removePlace, sizeOf } from './places.ts';
import { dayOf } from './quarantine-entry.ts';

const dayMs = 86_400_000;

/** Deletes messages of days that were over at this time, the oldest day first, at most so many. @returns their ids */
export async function expireBefore(folder: string, timeMs: number, messagesMax: number): Promise<string[]> {
  const ids: string[] = [];
  for (const day of await daysIn(folder)) {
    if (Date.parse(day) + dayMs > timeMs || ids.length >= messagesMax) break;
    const dayFolder = join(folder, day);
    for (const place of (await placesIn(dayFolder)).slice(0, messagesMax - ids.length)) {
      await removePlace(place);
      ids.push(place.id);
    }
    await removeIfEmpty(dayFolder);
  }
  return ids;
}

/** Deletes the oldest messages until so many bytes are free, at most so many messages. @returns their ids */
export async function expireOldest(folder: string, bytes: number, messagesMax: number): Promise<string[]> {
  const ids: string[] = [];
  let freed = 0;
  for (const day of await daysIn(folder)) {
    for (const { place, size } of await oldestFirst(join(folder, day), day)) {
      if (freed >= bytes || ids.length >= messagesMax) return ids;
      await removePlace(place);
      freed += size;
      ids.push(place.id);
    }
  }
  return ids;
}

async function oldestFirst(dayFolder: string, day: string): Promise<{ place: Place; size: number }[]> {
  const isOver = day < dayOf(new Date().toISOString());
  // What has no metadata on this day may be just being stored.
  const places = (await placesIn(dayFolder)).filter(({ hasMetadata }) => hasMetadata || isOver);
  const found = await Promise.all(places.map(async (place) => ({ place, ...(await sizeOf(place)) })));
  return found.sort((a, b) => a.timeMs - b.timeMs).map(({ place, bytes }) => ({ place, size: bytes }));
}
