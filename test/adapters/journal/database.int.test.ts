import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJournal } from '../../../src/adapters/journal/create-journal.ts';
import { openJournalReader } from '../../../src/adapters/journal/open-journal-reader.ts';
import { collect, testEvent } from '../../support/journal-conformance.ts';
import { temporaryFolder } from './embedded-journal.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'journal.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** A closed journal of 300 events in 30 rows. */
async function writeSome(): Promise<void> {
  const journal = await createJournal({ folder });
  for (let number = 1; number <= 300; number++) {
    journal.append('scans', testEvent(number));
    if (number % 10 === 0) await journal.durable();
  }
  await journal.close();
}

function change(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

const damages: Record<string, () => Promise<void>> = {
  'a file that is no database': () => writeFile(file, 'this is a letter, not a journal\n'.repeat(100)),
  'a journal cut in half': async () => {
    await writeSome();
    await truncate(file, 100_000);
  },
  'a journal with a broken header': async () => {
    await writeSome();
    await writeFile(file, (await readFile(file)).fill(7, 0, 60));
  },
  'a database of another program': async () => change('CREATE TABLE orders (id INTEGER)'),
};

test.each(Object.entries(damages))('%s is refused, says what to do and is left as it is', async (_, damage) => {
  await damage();
  const before = await readFile(file);
  const refusal = { name: 'JournalDamaged', message: expect.stringMatching(/journal\.db.*Nothing was deleted.*move/) };
  await expect(createJournal({ folder })).rejects.toMatchObject(refusal);
  await expect(openJournalReader({ folder })).rejects.toMatchObject(refusal);
  expect(await readFile(file)).toEqual(before);
});

test('a newer schema is refused by writer and reader', async () => {
  await writeSome();
  change('PRAGMA user_version = 99');
  await expect(createJournal({ folder })).rejects.toMatchObject({ name: 'JournalNewer', message: /99/ });
  await expect(openJournalReader({ folder })).rejects.toMatchObject({ name: 'JournalNewer' });
});

test('after a refusal the folder is not locked', async () => {
  await writeFile(file, 'no journal at all'.repeat(100));
  await expect(createJournal({ folder })).rejects.toMatchObject({ name: 'JournalDamaged' });
  await rm(file);
  await (await createJournal({ folder })).close();
});

test('a reader of a folder without a journal is told so, and makes none', async () => {
  await expect(openJournalReader({ folder })).rejects.toMatchObject({
    name: 'JournalMissing',
    message: /no journal in/,
  });
  await (await createJournal({ folder: join(folder, 'deep', 'below') })).close();
});

test('a folder that cannot be is a clear error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(createJournal({ folder: join(folder, 'file', 'below') })).rejects.toMatchObject({
    name: 'JournalFolderUnusable',
    message: expect.stringContaining(join(folder, 'file', 'below')),
  });
  await mkdir(file);
  await expect(createJournal({ folder })).rejects.toMatchObject({ name: 'JournalFolderUnusable' });
});

test.each([
  ['DELETE FROM batches WHERE first = 101', { name: 'JournalGap', expected: 101, found: 111 }],
  ["UPDATE batches SET body = replace(body, '\"number\"', 'number') WHERE first = 101", { name: 'JournalDamaged' }],
  ["UPDATE batches SET body = body || char(10) || '{}' WHERE first = 101", { name: 'JournalDamaged' }],
])('reading stops with a named error at %s', async (sql, error) => {
  await writeSome();
  change(sql);
  const reader = await openJournalReader({ folder });
  expect((await collect(reader.read({ after: 0, limit: 100 }))).length).toBe(100);
  await expect(collect(reader.read({ after: 0 }))).rejects.toMatchObject(error);
  expect((await collect(reader.read({ after: 110 }))).length).toBe(190);
  await reader.close();
});
