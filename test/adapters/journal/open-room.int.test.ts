import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JournalRoomMeasure, openJournalRoom } from '../../../src/adapters/journal/open-room.ts';
import { eventsOf } from '../../support/fold.ts';
import type { JournalFixture } from '../../support/journal-conformance.ts';
import { embeddedJournal, temporaryFolder } from './embedded-journal.ts';

let folder: string;
let fixture: JournalFixture;
let room: JournalRoomMeasure;
beforeEach(async () => {
  folder = await temporaryFolder();
  fixture = await embeddedJournal({ folder });
  room = openJournalRoom(folder, 1_000_000);
});
afterEach(async () => {
  room.close();
  await fixture.dispose();
});

async function append(count: number): Promise<void> {
  const event = eventsOf();
  for (let left = count; left > 0; left--) {
    fixture.journal.append('system', event('service.running', 'service', { text: 'x'.repeat(2000) }, 'INFO'));
    await fixture.journal.durable();
  }
}

test('nobody holds anything: everything may be deleted, however full it is', async () => {
  await append(20);
  expect(room.measure()).toMatchObject({ heldBytes: 0, heldBy: null, bytesMax: 1_000_000 });
  await fixture.journal.confirm('projection/a', 20);
  expect(room.measure()).toMatchObject({ heldBytes: 0, heldBy: null });
});

test('the reader that is furthest behind holds its share of the bytes', async () => {
  await append(100);
  await fixture.journal.confirm('projection/a', 90);
  await fixture.journal.confirm('relay/kafka', 50);
  const half = room.measure();
  expect(half.heldBy).toBe('relay/kafka');
  // 100 events of two thousand bytes and something, in pages of 4096.
  expect(half.heldBytes).toBeGreaterThan(50 * 2000);
  expect(half.heldBytes).toBeLessThan(50 * 6000);
  await fixture.journal.confirm('relay/kafka', 100);
  const tenth = room.measure();
  expect(tenth.heldBy).toBe('projection/a');
  expect(tenth.heldBytes / half.heldBytes).toBeCloseTo(0.2, 1);
});

test('a reader that retention has passed holds what is left, and no more', async () => {
  await append(10);
  const db = new DatabaseSync(join(folder, 'journal.db'));
  db.exec("INSERT INTO readers VALUES ('new', 0); DELETE FROM batches WHERE first <= 5");
  db.close();
  const { heldBytes, heldBy } = room.measure();
  expect(heldBy).toBe('new');
  expect(heldBytes).toBeGreaterThan(5 * 2000);
});

test('the disk is measured as what may be used of it', () => {
  const { bsize, blocks } = statfsSync(folder);
  const { freeBytes, diskBytes } = room.measure();
  expect(freeBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(diskBytes);
  expect(diskBytes).toBeLessThanOrEqual(blocks * bsize);
});
