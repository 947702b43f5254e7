import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../../../src/actors/ports/journal.ts';
import { createJournal, type JournalOptions } from '../../../src/adapters/journal/create-journal.ts';
import { type JournalFixture, until } from '../../support/journal-conformance.ts';

/** A new folder under the system's temporary one. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sekisho-journal-'));
}

/** The embedded journal in a folder of its own, quick to retry and with limits that tests do not meet by chance. */
export async function embeddedJournal(options: Partial<JournalOptions> = {}): Promise<JournalFixture> {
  const folder = options.folder ?? (await temporaryFolder());
  const open = (more?: Partial<JournalOptions>) =>
    createJournal({ folder, daysMax: 36_500, freeBytesMin: 0, lazyFlushMs: 2, retryMs: 5, ...options, ...more });
  const fixture: JournalFixture = {
    journal: await open(),
    reopen: () => reopen(),
    async deleteAllowed() {
      const journal = await reopen({ daysMax: 0 });
      await until(async () => !isAnythingLeft(folder, await journal.readers()));
      return reopen();
    },
    async dispose() {
      await fixture.journal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  async function reopen(more?: Partial<JournalOptions>): Promise<Journal> {
    await fixture.journal.close();
    fixture.journal = await open(more);
    return fixture.journal;
  }
  return fixture;
}

/** Whether there are rows that every reader has confirmed. */
function isAnythingLeft(folder: string, readers: ReadonlyMap<string, number>): boolean {
  const db = new DatabaseSync(join(folder, 'journal.db'), { readOnly: true });
  try {
    const floor = Math.min(Number.MAX_SAFE_INTEGER, ...readers.values());
    return db.prepare('SELECT 1 FROM batches WHERE first + count - 1 <= ? LIMIT 1').get(floor) !== undefined;
  } finally {
    db.close();
  }
}
