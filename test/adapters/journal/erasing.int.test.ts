import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../../../src/actors/ports/journal.ts';
import { createJournal } from '../../../src/adapters/journal/create-journal.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { addressEraser, withoutAddress, withoutPersonal } from '../../../src/events/personal.ts';
import { eventually } from '../../support/eventually.ts';
import { collect, testEvent } from '../../support/journal-conformance.ts';

let folder: string;
let journal: Journal;
const open = async () => {
  journal = await createJournal({ folder, freeBytesMin: 0 });
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-erasing-'));
  await open();
});
afterEach(async () => {
  await journal.close();
  await rm(folder, { recursive: true });
});

const dayMs = 86_400_000;
const nowMs = Date.now();

/** A scan of some days ago. */
function scan(number: number, ageDays: number, fields: Partial<Envelope> = {}): Envelope {
  return testEvent(number, {
    type: 'sekisho.scan.verdict.v1',
    time: new Date(nowMs - ageDays * dayMs).toISOString(),
    data: { input: { mailFrom: `a${number}@example.org`, recipients: ['bob@example.net'] }, number },
    ...fields,
  });
}

async function write(events: readonly Envelope[], perCommit: number): Promise<void> {
  for (const [index, event] of events.entries()) {
    journal.append('scans', event);
    if (index % perCommit === 0) await journal.durable();
  }
  await journal.durable();
}
const all = () => collect(journal.read({ after: 0 }));
const stored = async () => (await all()).map(({ event }) => event);

test('by age: what is older than a moment, bit by bit while mail flows on; places, ids and order stay', async () => {
  const old = Array.from({ length: 2000 }, (_, index) => scan(index, 10));
  const young = Array.from({ length: 50 }, (_, index) => scan(2000 + index, 1));
  // Rows are erased whole, when the youngest of a row is old enough.
  await write(old, 7);
  await write(young, 7);
  const before = await all();
  expect(await journal.erase('a', { kind: 'age', beforeMs: nowMs - 5 * dayMs })).toBe(0);
  const later = Array.from({ length: 100 }, (_, index) => scan(3000 + index, 0));
  await write(later, 1);
  const expected = [...old.map(withoutPersonal), ...young, ...later];
  await eventually('the erasure', async () =>
    (await stored()).slice(0, 2000).every((event, index) => JSON.stringify(event) === JSON.stringify(expected[index])),
  );
  const after = await all();
  expect(after.map(({ sequence, event: { id } }) => [sequence, id]).slice(0, before.length)).toEqual(
    before.map(({ sequence, event: { id } }) => [sequence, id]),
  );
  expect(after.slice(2000).map(({ event }) => event)).toEqual(JSON.parse(JSON.stringify(expected.slice(2000))));
});

test('an address: everywhere, also in the file, and in the name of an aggregate; others stay', async () => {
  const events = Array.from({ length: 500 }, (_, index) => scan(index, 1));
  await write(events, 20);
  journal.append(
    'notifications',
    testEvent(900, {
      subject: 'notification/1/bob@example.net',
      type: 'sekisho.notification.sent.v1',
      data: { target: 'bob@example.net' },
    }),
  );
  await journal.durable();
  expect((await journal.latest('notifications')).length).toBe(1);
  expect(await journal.erase('once', { kind: 'address', address: 'bob@example.net' })).toBe(501);
  const erase = addressEraser('bob@example.net');
  expect((await stored()).slice(0, 500)).toEqual(
    JSON.parse(JSON.stringify(events.map((event) => withoutAddress(event, erase)))),
  );
  expect(await journal.latest('notifications')).toEqual([]);
  expect(await journal.erase('again', { kind: 'address', address: 'bob@example.net' })).toBe(0);
  // The write-ahead log goes with the last connection.
  await journal.close();
  expect((await readFile(join(folder, 'journal.db'))).includes('bob@example.net')).toBe(false);
  await open();
});

test('what was under way goes on at the next start', async () => {
  await write(
    Array.from({ length: 3000 }, (_, index) => scan(index, 1)),
    1,
  );
  void journal.erase('x', { kind: 'address', address: 'bob@example.net' });
  await journal.close();
  await open();
  await eventually('the rest', async () => !JSON.stringify(await stored()).includes('bob@example.net'));
});
