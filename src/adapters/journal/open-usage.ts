import { openForReading } from './database.ts';
import { usedBytesOf } from './used-bytes.ts';

/** How full a journal is that somebody else writes. */
export interface JournalUsage {
  /** Bytes of the file that hold data; what `[journal] bytes_max` bounds. */
  usedBytes(): number;
  close(): void;
}

/**
 * Opens it for looking, on a connection of its own.
 * @throws as `openJournalReader`
 */
export function openJournalUsage(folder: string): JournalUsage {
  const db = openForReading(folder);
  return {
    usedBytes: usedBytesOf(db),
    close() {
      if (db.isOpen) db.close();
    },
  };
}
