import { join } from 'node:path';
import { QuarantineFull, type QuarantineRoom } from '../../actors/ports/quarantine-room.ts';
import { createQuarantine } from './create-quarantine.ts';
import { expireBefore, expireOldest } from './expire.ts';
import { daysIn, placesIn, sizeOf } from './places.ts';

export interface QuarantineRoomOptions {
  folder: string;
  /** Messages with their metadata take no more than this; 0: as much as they like. */
  bytesMax: number;
  /** What it is called when it is full. */
  place?: QuarantineFull['place'];
}

/** What the metadata of a message takes beside its addresses and names, bytes: about. */
const metadataBytes = 1000;

/** A quarantine folder within its limits. Only one program may store into it; others may look into it, and delete. */
export function createQuarantineRoom({ folder, bytesMax, place }: QuarantineRoomOptions): QuarantineRoom {
  const { store } = createQuarantine({ folder });
  /** As far as this program knows; undefined until it was measured. */
  let used: number | undefined;
  let measuring: Promise<{ messages: number; bytes: number }> | undefined;
  /** Being stored now; and stored since the measure began, which may have missed it. */
  let inHand = 0;
  let sinceMeasure = 0;

  async function count(): Promise<{ messages: number; bytes: number }> {
    sinceMeasure = 0;
    const total = { messages: 0, bytes: 0 };
    for (const day of await daysIn(folder)) {
      for (const place of await placesIn(join(folder, day))) {
        total.messages++;
        total.bytes += (await sizeOf(place)).bytes;
      }
    }
    used = total.bytes + sinceMeasure;
    return total;
  }

  function measure(): Promise<{ messages: number; bytes: number }> {
    measuring ??= count().finally(() => {
      measuring = undefined;
    });
    return measuring;
  }

  return {
    async store(entry, content) {
      if (bytesMax === 0) return store(entry, content);
      if (used === undefined) await measure();
      const size = metadataBytes + content.reduce((sum, chunk) => sum + chunk.length, 0);
      if ((used ?? 0) + inHand + size > bytesMax) throw new QuarantineFull(size, place);
      inHand += size;
      try {
        await store(entry, content);
        used = (used ?? 0) + size;
        sinceMeasure += size;
      } finally {
        inHand -= size;
      }
    },

    measure,

    expireBefore: (timeMs, messagesMax) => expireBefore(folder, timeMs, messagesMax),

    async expireDownTo(bytes, messagesMax) {
      return expireOldest(folder, (await measure()).bytes - bytes, messagesMax);
    },
  };
}
