import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { journalFile } from '../../../src/adapters/journal/database.ts';
import { openTextReader, type TextReader } from '../../../src/adapters/journal/open-text-reader.ts';
import { type JournalFixture, testEvent } from '../../support/journal-conformance.ts';
import { embeddedJournal, temporaryFolder } from './embedded-journal.ts';

describe('the journal as text', () => {
  let folder: string;
  let fixture: JournalFixture;
  let reader: TextReader;
  const events = Array.from({ length: 12 }, (_, index) => testEvent(index + 1));
  beforeEach(async () => {
    folder = await temporaryFolder();
    fixture = await embeddedJournal({ folder });
    // Four rows of three events.
    for (const [index, event] of events.entries()) {
      fixture.journal.append('scans', event);
      if (index % 3 === 2) await fixture.journal.durable();
    }
    reader = openTextReader(folder);
  });
  afterEach(async () => {
    reader.close();
    await fixture.dispose();
  });
  const sequences = (after: number, lengthMax?: number) =>
    reader.read(after, lengthMax).map(({ sequence }) => sequence);
  const change = (sql: string) => {
    const db = new DatabaseSync(journalFile(folder));
    db.exec(sql);
    db.close();
  };

  test('every event is the text that was written', () => {
    expect(reader.read(0)).toEqual(
      events.map((event, index) => ({ sequence: index + 1, text: JSON.stringify(event) })),
    );
  });

  test('goes on within a row, takes whole rows up to the limit, and at least one', () => {
    expect(sequences(4)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(sequences(4, 1)).toEqual([5, 6]);
    expect(sequences(6, 1)).toEqual([7, 8, 9]);
    expect(sequences(12)).toEqual([]);
    expect(sequences(99)).toEqual([]);
  });

  test('sees what comes later', async () => {
    fixture.journal.append('scans', testEvent(13));
    await fixture.journal.durable();
    expect(sequences(12)).toEqual([13]);
  });

  test('begins with the first that is kept, and calls everything else that is missing a gap', () => {
    change('DELETE FROM batches WHERE first IN (1, 7)');
    expect(sequences(0)).toEqual([4, 5, 6]);
    expect(() => reader.read(1)).toThrow(expect.objectContaining({ expected: 2, found: 4 }));
    expect(() => reader.read(6)).toThrow(expect.objectContaining({ expected: 7, found: 10 }));
  });

  test('a gap up to the end ends after it', () => {
    change('UPDATE retention SET deleted_to = 12; DELETE FROM batches');
    expect(() => reader.read(5)).toThrow(expect.objectContaining({ expected: 6, found: 13 }));
    expect(sequences(12)).toEqual([]);
  });

  test('a damaged row is a gap, and what is before it is read first', () => {
    change("UPDATE batches SET body = 'half' WHERE first = 7");
    expect(sequences(0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(() => reader.read(6)).toThrow(expect.objectContaining({ expected: 7, found: 10 }));
    expect(sequences(9)).toEqual([10, 11, 12]);
  });
});
