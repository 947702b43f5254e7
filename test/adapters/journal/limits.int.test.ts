import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Journal, JournalState } from '../../../src/actors/ports/journal.ts';
import type { JournalOptions } from '../../../src/adapters/journal/create-journal.ts';
import type { JournalProblem } from '../../../src/adapters/journal/group-commit.ts';
import { collect, type JournalFixture, testEvent, until } from '../../support/journal-conformance.ts';
import { embeddedJournal, temporaryFolder } from './embedded-journal.ts';

const MIB = 1024 ** 2;
const text = 'x'.repeat(1000);

let fixture: JournalFixture;
afterEach(() => fixture.dispose());

async function open(options: Partial<JournalOptions>) {
  const problems: JournalProblem[] = [];
  const folder = await temporaryFolder();
  fixture = await embeddedJournal({ folder, onProblem: (problem) => problems.push(problem), ...options });
  const states: JournalState[] = [];
  fixture.journal.onState((state) => states.push(state));
  return { journal: fixture.journal, folder, problems, states };
}

/** Writes commits of ten events until the journal is full (or enough of them); gives the number of acknowledged events. */
async function fill(journal: Journal, eventsMax: number): Promise<number> {
  let acknowledged = 0;
  for (let number = 1; number <= eventsMax; number++) {
    journal.append('scans', testEvent(number, { data: { number, text } }));
    if (number % 10 !== 0) continue;
    try {
      await journal.durable();
    } catch {
      return acknowledged;
    }
    acknowledged = number;
  }
  return acknowledged;
}

async function numbers(journal: Journal): Promise<unknown[]> {
  return (await collect(journal.read({ after: 0 }))).map(({ sequence, event }) =>
    sequence === event.data.number ? sequence : `${sequence} is ${event.data.number}`,
  );
}

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('D8: full when a reader holds everything, open again when it has confirmed, nothing lost between', async () => {
  const { journal, problems, states } = await open({ bytesMax: MIB });
  await journal.confirm('relay', 0);
  const acknowledged = await fill(journal, 5_000);
  expect(acknowledged).toBeGreaterThan(500);
  expect(journal.state()).toBe('full');
  expect(states).toEqual(['full']);
  expect(problems.map(({ message }) => message)).toEqual(['journal is full']);
  await expect(journal.durable()).rejects.toMatchObject({ name: 'JournalUnavailable', state: 'full' });
  expect((await numbers(journal)).slice(0, acknowledged)).toEqual(oneTo(acknowledged));

  const first = journal.head() + 1;
  for (let number = first; number < first + 3; number++) {
    // The group that was refused is kept as well: these come after it.
    journal.append('scans', testEvent(number + 10, { data: { number: number + 10, text } }));
  }
  await journal.confirm('relay', journal.head());
  await until(() => journal.state() === 'open');
  await journal.durable();
  const after = await collect(journal.read({ after: acknowledged }));
  expect(after.length).toBeGreaterThanOrEqual(3);
  expect(after.map(({ sequence }) => sequence)).toEqual(after.map((_, index) => acknowledged + 1 + index));
});

test('deletes the oldest so that the file keeps its size, when no reader needs them', async () => {
  const { journal, folder, states } = await open({ bytesMax: MIB });
  expect(await fill(journal, 5_000)).toBe(5_000);
  expect(states).toEqual([]);
  const kept = await collect(journal.read({ after: 0 }));
  expect(kept.at(-1)?.sequence).toBe(5_000);
  expect(kept.length).toBeGreaterThan(500);
  expect(kept.length).toBeLessThan(1_200);
  await journal.close();
  expect((await stat(join(folder, 'journal.db'))).size).toBeLessThanOrEqual(MIB + 64 * 1024);
});

test('keeps in memory what fits, then loses one stretch at the end and says so', async () => {
  const { journal, problems } = await open({ bytesMax: MIB, backlogBytesMax: 64 * 1024 });
  await journal.confirm('relay', 0);
  await fill(journal, 5_000);
  const before = journal.head();
  for (let count = 0; count < 200; count++) journal.append('scans', testEvent(count, { data: { count, text } }));
  expect(problems.at(-1)?.message).toContain('loses events: more than 65536 bytes');
  await journal.confirm('relay', before);
  await until(() => journal.state() === 'open');
  await until(() => problems.some(({ message }) => /lost \d+ events/.test(message)));
  await until(async () => (await collect(journal.read({ after: before }))).length > 20);
  const counts = (await collect(journal.read({ after: before }))).map(({ event }) => event.data.count).filter(Number);
  expect(counts).toEqual(oneTo(counts.length));
  expect(counts.length).toBeLessThan(70);
});

test('a large burst becomes rows of bounded size, and the log stays short under load', async () => {
  const { journal, folder } = await open({});
  const big = 'y'.repeat(10_000);
  for (let number = 1; number <= 4_000; number++) {
    journal.append('scans', testEvent(number, { data: { number, big } }));
    if (number % 100 === 0) await journal.durable();
  }
  expect(await numbers(journal)).toEqual(oneTo(4_000));
  expect((await stat(join(folder, 'journal.db-wal'))).size).toBeLessThan(32 * MIB);
});

test.each([
  ['bytesMax', 1000],
  ['daysMax', -1],
  ['retryMs', Number.NaN],
  ['lazyFlushMs', -5],
] as const)('refuses %s %s', async (name, value) => {
  fixture = await embeddedJournal();
  await expect(embeddedJournal({ [name]: value })).rejects.toThrow(new RegExp(`journal option ${name} must be`));
});
