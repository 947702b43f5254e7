import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalState } from '../../../src/actors/ports/journal.ts';
import type { JournalOptions } from '../../../src/adapters/journal/create-journal.ts';
import { collect, type JournalFixture, testEvent, until } from '../../support/journal-conformance.ts';
import { embeddedJournal, temporaryFolder } from './embedded-journal.ts';

let workers: Worker[];
const remember = (worker: Worker) => workers.push(worker);
let fixture: JournalFixture;
let folder: string;
let problems: string[];
let states: JournalState[];

beforeEach(() => {
  workers = [];
  process.on('worker', remember);
});
afterEach(async () => {
  process.off('worker', remember);
  await fixture.dispose();
});

async function open(options: Partial<JournalOptions> = {}) {
  folder = await temporaryFolder();
  problems = [];
  states = [];
  const onProblem: JournalOptions['onProblem'] = ({ message, cause }) => problems.push(`${message}: ${cause}`);
  fixture = await embeddedJournal({ folder, onProblem, ...options });
  fixture.journal.onState((state) => states.push(state));
  return fixture.journal;
}

test('a crash of the thread: another starts, those who wait do not notice, nothing is lost or written twice', async () => {
  const journal = await open();
  let number = 0;
  let crashes = 0;
  const caller = async () => {
    while (number < 3_000) {
      number += 1;
      journal.append('scans', testEvent(number));
      await journal.durable();
    }
  };
  const callers = Promise.all(Array.from({ length: 20 }, caller));
  for (; crashes < 4; crashes++) {
    const seen = journal.head();
    await until(() => journal.head() > seen + 100);
    await workers.at(-1)?.terminate();
  }
  await callers;
  const all = await collect(journal.read({ after: 0 }));
  expect(all.map(({ event }) => event.data.number)).toEqual(Array.from({ length: number }, (_, index) => index + 1));
  expect(workers.length).toBe(crashes + 1);
  expect(problems.filter((text) => text.startsWith('journal writer crashed')).length).toBe(crashes);
  expect(states).toEqual([]);
});

test('a thread that dies again and again: failed, and open again by itself', async () => {
  const journal = await open();
  const kill = (worker: Worker) => void worker.terminate();
  process.on('worker', kill);
  await workers[0]?.terminate();
  journal.append('scans', testEvent(1));
  await expect(journal.durable()).rejects.toMatchObject({ name: 'JournalUnavailable', state: 'failed' });
  process.off('worker', kill);
  await until(() => journal.state() === 'open');
  await journal.durable();
  expect((await collect(journal.read({ after: 0 }))).length).toBe(1);
  expect(states).toEqual(['failed', 'open']);
});

test('any other error: failed, with the cause, and written when the cause is gone', async () => {
  const journal = await open();
  journal.append('scans', testEvent(1));
  await journal.durable();
  const other = new DatabaseSync(join(folder, 'journal.db'));
  other.exec('ALTER TABLE batches RENAME TO elsewhere');
  journal.append('scans', testEvent(2));
  await expect(journal.durable()).rejects.toMatchObject({ state: 'failed' });
  journal.append('scans', testEvent(3));
  await expect(journal.confirm('relay', 1)).rejects.toMatchObject({ state: 'failed' });
  expect(problems[0]).toMatch(/journal is failed: .*batches/);
  other.exec('ALTER TABLE elsewhere RENAME TO batches');
  other.close();
  await until(() => journal.state() === 'open');
  await journal.durable();
  const all = await collect(journal.read({ after: 0 }));
  expect(all.map(({ event }) => event.streamversion)).toEqual([1, 2, 3]);
});

test('a commit that does not end: those who wait are told in time, and the event is written once', async () => {
  const journal = await open({ commitMsMax: 300 });
  const other = new DatabaseSync(join(folder, 'journal.db'));
  journal.append('scans', testEvent(1));
  await journal.durable();
  other.exec('BEGIN IMMEDIATE');
  journal.append('scans', testEvent(2));
  await expect(journal.durable()).rejects.toMatchObject({ state: 'failed' });
  other.exec('ROLLBACK');
  other.close();
  await until(() => journal.state() === 'open');
  await journal.durable();
  expect((await collect(journal.read({ after: 0 }))).map(({ event }) => event.streamversion)).toEqual([1, 2]);
});
