import { JournalGap } from '../../actors/ports/journal.ts';
import type { JournalText } from '../../actors/ports/relay.ts';
import { type Batch, Batches } from './batches.ts';
import { openForReading } from './database.ts';

/** Reads a journal in order without parsing it, for whoever hands the texts on. */
export interface TextReader {
  /**
   * The events after a sequence, whole rows until there are about `lengthMax` UTF-16 units (512 Ki by default; a row has
   * 512 Ki at most, but for one event larger than that); none when there are no more. After 0 the first that is kept.
   * @throws {JournalGap} when the next event is missing or its row is damaged; `found` is where to go on.
   */
  read(after: number, lengthMax?: number): readonly JournalText[];
  close(): void;
}

/**
 * Opens a journal that another thread or process may be writing.
 * @throws as `openJournalReader`
 */
export function openTextReader(folder: string): TextReader {
  const db = openForReading(folder);
  const batches = new Batches(db);

  function firstRow(after: number, head: number): Batch {
    const start = after === 0 ? (batches.firstAfter(0) ?? head + 1) : after + 1;
    const row = batches.holding(start);
    // Deleted up to its end: there will be something after the head, or nothing is there yet.
    if (row === undefined) throw new JournalGap(after + 1, batches.firstAfter(after) ?? head + 1);
    return row;
  }

  return {
    read(after, lengthMax = 512 * 1024) {
      // The head first: a row that comes meanwhile must not look like one behind a gap.
      const head = batches.head();
      if (head <= after) return [];
      const texts: JournalText[] = [];
      let row: Batch | undefined = firstRow(after, head);
      for (let length = 0; row !== undefined && length < lengthMax; row = batches.holding(row.first + row.count)) {
        const lines = row.body.split('\n');
        if (lines.length !== row.count) {
          if (texts.length > 0) break;
          throw new JournalGap(Math.max(after + 1, row.first), row.first + row.count);
        }
        for (let index = Math.max(0, after + 1 - row.first); index < lines.length; index++)
          texts.push({ sequence: row.first + index, text: lines[index] ?? '' });
        length += row.body.length;
      }
      return texts;
    },
    close: () => db.close(),
  };
}
