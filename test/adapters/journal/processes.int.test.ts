import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJournal } from '../../../src/adapters/journal/create-journal.ts';
import { openJournalReader } from '../../../src/adapters/journal/open-journal-reader.ts';
import { collect, until } from '../../support/journal-conformance.ts';
import { temporaryFolder } from './embedded-journal.ts';

const KILL_ROUNDS = 6;

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await temporaryFolder();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Starts a writing process; `acknowledged()` is what it has said to be durable, -1 before its journal is open. */
function startWriter(eventsMax = Number.POSITIVE_INFINITY) {
  const script = join(import.meta.dirname, 'writing-child.ts');
  const child = spawn(process.execPath, [script, folder, String(eventsMax)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let acknowledged = -1;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    acknowledged = Math.max(acknowledged, Number(line));
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]);
  return { child, acknowledged: () => acknowledged, ended };
}

test('kill -9, many times: every acknowledged event is there, once, whole and in order', async () => {
  let acknowledged = 0;
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const writer = startWriter();
    const from = acknowledged;
    // Not at the same point each time.
    await until(() => writer.acknowledged() > from + 37 * (round + 1) ** 3);
    writer.child.kill('SIGKILL');
    await writer.ended;
    acknowledged = writer.acknowledged();
    expect(acknowledged).toBeGreaterThan(from);
    const reader = await openJournalReader({ folder });
    const numbers = (await collect(reader.read({ after: from }))).map(({ event }) => event.data.number);
    expect(numbers).toEqual(numbers.map((_, index) => from + 1 + index));
    expect(reader.head()).toBeGreaterThanOrEqual(acknowledged);
    // What was not acknowledged may be there too; the next process goes on after it.
    acknowledged = reader.head();
    const latest = await reader.latest('servers');
    expect(latest.map(({ sequence, event }) => [sequence % 10, event.data.number])).toEqual(
      latest.map(({ sequence }) => [0, sequence]),
    );
    await reader.close();
  }
  const db = new DatabaseSync(join(folder, 'journal.db'));
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  db.close();
});

test('another process reads and follows while one writes', async () => {
  const writer = startWriter(5_000);
  await until(() => writer.acknowledged() >= 0);
  const reader = await openJournalReader({ folder, pollMs: 5 });
  const followed = await collect(reader.follow({ after: 0, limit: 5_000, signal: new AbortController().signal }));
  expect(followed.map(({ sequence, event }) => sequence - Number(event.data.number))).toEqual(followed.map(() => 0));
  await writer.ended;
  expect(reader.head()).toBe(5_000);
  expect(await reader.readers()).toEqual(new Map());
  await reader.close();
});

test('a second writer is refused with the folder named, in another process and in this one', async () => {
  const writer = startWriter();
  await until(() => writer.acknowledged() >= 0);
  const refusal = { name: 'JournalLocked', message: expect.stringContaining(folder) };
  await expect(createJournal({ folder })).rejects.toMatchObject(refusal);
  writer.child.kill('SIGKILL');
  await writer.ended;
  const journal = await createJournal({ folder });
  await expect(createJournal({ folder })).rejects.toMatchObject(refusal);
  await journal.close();
  await (await createJournal({ folder })).close();
});
