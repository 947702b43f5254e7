import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openCommitter } from '../../../src/adapters/journal/commit.ts';
import { journalReaderOf, openJournalSource, restMs } from '../../../src/adapters/journal/journal-source.ts';
import { openJournalReader } from '../../../src/adapters/journal/open-journal-reader.ts';
import { type EventSourceFixture, eventSourceConformance } from '../../support/event-source-conformance.ts';

/** The writing half without its queue, for it would not write poison. */
async function fixture(): Promise<EventSourceFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-journal-source-'));
  const committer = openCommitter({ folder, bytesMax: 1024 ** 3, daysMax: 36_500, freeBytesMin: 0 });
  let head = 0;
  const commit = (lines: readonly string[], readers: [string, number][] = []) => {
    const time = new Date().toISOString();
    const chunks = lines.length === 0 ? [] : [{ offset: 0, count: lines.length, time, body: lines.join('\n') }];
    ({ head } = committer.commit({ first: head + 1, count: lines.length, chunks, marks: [], readers }));
  };
  const source = openJournalSource({
    folder,
    pollMs: 5,
    confirm: async (reader, sequence) => commit([], [[reader, sequence]]),
  });
  return {
    source,
    append: async (texts) => commit(texts),
    async deleteAll() {
      const db = new DatabaseSync(join(folder, 'journal.db'));
      db.exec(`BEGIN; DELETE FROM batches; UPDATE retention SET deleted_to = ${head}; COMMIT`);
      db.close();
    },
    async confirmed(reader) {
      const journal = await openJournalReader({ folder });
      const readers = await journal.readers();
      await journal.close();
      return readers.get(journalReaderOf(reader));
    },
    async dispose() {
      await source.close();
      committer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

eventSourceConformance('journal', fixture);

test.each([
  ['nothing new', 0, 100],
  ['a few events', 99, 100],
  ['many: more is let gather, for one transaction', 100, 500],
])('%s (%i events): the next look comes %i ms later', (_, events, ms) => {
  expect(restMs(events, 100)).toBe(ms);
});
