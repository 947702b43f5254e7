import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../../src/actors/ports/journal.ts';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import { tryRunnerLock } from '../../src/adapters/projection-store/runner-lock.ts';
import { projectionsFolder, viewFile } from '../../src/adapters/projection-store/view-file.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { openView } from '../../src/wiring/open-view.ts';
import type { ProjectionSettings } from '../../src/wiring/projection-source.ts';
import { runProjections } from '../../src/wiring/run-projections.ts';
import { eventually } from '../support/eventually.ts';
import { eventText, histories, historiesIn, processPrefix, viewsFolder } from '../support/projections.ts';

let folder: string;
let remove: () => Promise<void>;
let journal: Journal;
let warnings: string[];
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  journal = await createJournal({ folder: join(folder, 'journal'), freeBytesMin: 0, daysMax: 36_500 });
  warnings = [];
});
afterEach(async () => {
  await journal.close();
  await remove();
});

let written = 0;
async function write(count: number): Promise<number[]> {
  const from = written + 1;
  written += count;
  for (let number = from; number <= written; number++) {
    journal.append('system', JSON.parse(eventText(processPrefix(1), number, { subject: 'service' })) as Envelope);
  }
  await journal.durable();
  return Array.from({ length: written - from + 1 }, (_, index) => from + index);
}
const settings = (waitMs = 20_000) =>
  ({
    state: { folder },
    kafka: { brokers: [] },
    notify: { snmp_receivers: [] },
    projections: { run: true, source: 'journal', query_wait_ms: waitMs },
  }) as unknown as ProjectionSettings;
const ask = async (waitMs?: number) => {
  const warn = (line: string) => warnings.push(line);
  const view = await openView({ settings: settings(waitMs), projection: histories, warn });
  const found = historiesIn(view);
  view.close();
  return found;
};

test('what was just logged is found, though nobody keeps the view up to date', async () => {
  const first = await write(10);
  expect(await ask()).toEqual({ service: first });
  const more = await write(3);
  expect(await ask()).toEqual({ service: [...first, ...more] });
  expect(await ask()).toEqual({ service: [...first, ...more] });
  expect(warnings).toEqual([]);
});

test('whoever keeps the view up to date is waited for', async () => {
  const abort = new AbortController();
  const problems: unknown[] = [];
  const events: string[] = [];
  const confirmed = new Map<string, number>();
  const running = runProjections({
    settings: settings(),
    signal: abort.signal,
    chosen: [histories],
    record: (_lane, event) => events.push(event.type),
    confirm: async (reader, sequence) => void confirmed.set(reader, sequence),
    onProblem: (...problem) => problems.push(problem),
  });
  const steps: number[] = [];
  for (let round = 0; round < 5; round++) {
    steps.push(...(await write(20)));
    expect([await ask(), warnings, problems, events]).toEqual([{ service: steps }, [], [], [expect.anything()]]);
  }
  expect(tryRunnerLock(projectionsFolder(folder))).toBeUndefined();
  abort.abort();
  await running;
  expect(confirmed.get('projection/histories')).toBe(journal.head());
  expect(events.at(-1)).toBe('sekisho.projection.stopped.v1');
  expect([problems, warnings]).toEqual([[], []]);
  steps.push(...(await write(1)));
  expect(await ask()).toEqual({ service: steps });
});

test('one that does not come along is answered from as it is, with a warning', async () => {
  const steps = await write(5);
  expect(await ask()).toEqual({ service: steps });
  const lock = tryRunnerLock(projectionsFolder(folder));
  await write(2);
  expect(await ask(50)).toEqual({ service: steps });
  expect(warnings).toEqual([expect.stringMatching(/may lack .* histories is 2 places behind/)]);
  lock?.release();
});

test('without a journal there is nothing to ask', async () => {
  await remove();
  await expect(ask()).rejects.toMatchObject({ name: 'JournalMissing' });
});

const damage = () => truncate(viewFile(projectionsFolder(folder), histories.name), 5000);

test('a damaged view is put aside, told, and made anew from the log', async () => {
  const steps = await write(500);
  await ask();
  await damage();
  expect(await ask()).toEqual({ service: steps });
  expect(warnings).toEqual([
    expect.stringMatching(/histories\.db was damaged .*is kept as histories\.db\.damaged-.* anew/),
  ]);
  expect(await ask()).toEqual({ service: steps });
  expect(warnings).toHaveLength(1);
});

test.each([
  ['before it is opened', false],
  ['while it is kept up to date', true],
])('one that is damaged %s: whoever keeps it up to date goes on with a new one, and says so', async (_when, isLate) => {
  const steps = await write(500);
  await ask();
  if (!isLate) await damage();
  const abort = new AbortController();
  const events: Envelope[] = [];
  const running = runProjections({
    ...{ settings: settings(), signal: abort.signal, chosen: [histories] },
    record: (_lane, event) => events.push(event),
    onProblem: (problem) => expect(problem).toBeUndefined(),
  });
  const states = () => events.map(({ type }) => type.replace(/sekisho\.projection\.(.*)\.v1/, '$1'));
  await eventually('it is up to date', () => states().includes('live'));
  if (isLate) await damage();
  // Also when it is idle, and the question is what finds the damage.
  expect(await ask()).toEqual({ service: steps });
  steps.push(...(await write(3)));
  expect(await ask()).toEqual({ service: steps });
  await eventually('it is well again', () => states().slice(-3).join() === 'failing,catching-up,live');
  const failing = events.find(({ type }) => type === 'sekisho.projection.failing.v1');
  expect(JSON.stringify(failing?.data.trigger)).toMatch(/damaged/);
  abort.abort();
  await running;
});
