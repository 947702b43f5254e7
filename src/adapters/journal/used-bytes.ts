import type { DatabaseSync } from 'node:sqlite';

/** Makes a look at the bytes of a file that hold data. The write-ahead log is not counted. */
export function usedBytesOf(db: DatabaseSync): () => number {
  const pages = db.prepare('PRAGMA page_count');
  const freePages = db.prepare('PRAGMA freelist_count');
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size);
  return () => (Number(pages.get()?.page_count) - Number(freePages.get()?.freelist_count)) * pageBytes;
}
