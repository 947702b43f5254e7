import type { Journal } from '../../actors/ports/journal.ts';
import { openForReading } from './database.ts';
import { pollEvery, Reading } from './reading.ts';

/** A journal that another process may be writing. */
export type JournalReader = Pick<Journal, 'head' | 'read' | 'follow' | 'latest' | 'readers' | 'close'>;

/**
 * Opens a journal for reading only, for the command line; the gateway may write it meanwhile.
 * @param options.folder where the journal is
 * @param options.pollMs how often `follow` looks for more (default 200)
 * @throws {JournalMissing} when there is none, {JournalNewer} when a newer program wrote it, {JournalDamaged},
 *   {JournalFolderUnusable} when it may not be read.
 */
export async function openJournalReader(options: { folder: string; pollMs?: number }): Promise<JournalReader> {
  const reading = new Reading(openForReading(options.folder), pollEvery(options.pollMs ?? 200));
  return {
    head: () => reading.head(),
    read: (range) => reading.read(range),
    follow: (range) => reading.follow(range),
    latest: (lane) => reading.latest(lane),
    readers: () => reading.readers(),
    close: async () => reading.close(),
  };
}
