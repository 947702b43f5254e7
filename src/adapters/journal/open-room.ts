import { statfsSync } from 'node:fs';
import type { JournalRoom } from '../../actors/ports/watches.ts';
import { headOf, openForReading } from './database.ts';
import { usedBytesOf } from './used-bytes.ts';

/** How much room a journal has that somebody else writes. */
export interface JournalRoomMeasure {
  measure(): JournalRoom;
  close(): void;
}

/**
 * Opens it for measuring, on a connection of its own.
 * @throws as `openJournalReader`
 */
export function openJournalRoom(folder: string, bytesMax: number): JournalRoomMeasure {
  const db = openForReading(folder);
  const usedBytes = usedBytesOf(db);
  const first = db.prepare('SELECT first FROM batches ORDER BY first LIMIT 1');
  const last = db.prepare('SELECT name, sequence FROM readers ORDER BY sequence LIMIT 1');
  const held = () => {
    const [head, oldest] = [headOf(db), Number(first.get()?.first ?? 0)];
    const { name, sequence } = (last.get() ?? {}) as { name?: string; sequence?: number };
    if (name === undefined || sequence === undefined || sequence >= head || oldest === 0)
      return { heldBytes: 0, heldBy: null };
    // As if all events were of one size: near enough for a warning, and no walk through the file.
    const share = (head - Math.max(sequence, oldest - 1)) / (head - oldest + 1);
    return { heldBytes: Math.round(usedBytes() * share), heldBy: name };
  };
  return {
    measure() {
      const { bavail, blocks, bfree, bsize } = statfsSync(folder);
      // What only root may use counts as used.
      const diskBytes = (blocks - bfree + bavail) * bsize;
      return { ...held(), bytesMax, freeBytes: bavail * bsize, diskBytes };
    },
    close() {
      if (db.isOpen) db.close();
    },
  };
}
