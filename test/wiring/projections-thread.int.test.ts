import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../../src/actors/ports/journal.ts';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { projections } from '../../src/projections/all.ts';
import type { ProjectionSettings } from '../../src/wiring/projection-source.ts';
import { type ProjectionsThread, startProjectionsThread } from '../../src/wiring/projections-thread.ts';
import { eventually } from '../support/eventually.ts';
import { eventText, processPrefix, viewsFolder } from '../support/projections.ts';

let folder: string;
let remove: () => Promise<void>;
let journal: Journal;
let problems: unknown[];
let told: string[];
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  journal = await createJournal({ folder: join(folder, 'journal'), freeBytesMin: 0, daysMax: 36_500 });
  problems = [];
  told = [];
});
afterEach(async () => {
  await journal.close();
  await remove();
});

function start(more: Partial<ProjectionSettings['projections']> = {}): Promise<ProjectionsThread> {
  const own = { run: true, source: 'journal', query_wait_ms: 5000, ...more };
  const settings = {
    state: { folder },
    kafka: { brokers: [] },
    notify: { snmp_receivers: [] },
    projections: own,
  } as unknown as ProjectionSettings;
  return startProjectionsThread({
    settings,
    journal,
    onEvent: ({ type }) => told.push(type),
    onProblem: (...problem) => problems.push(problem),
  });
}
/** Nobody is to be told anything. */
const names = projections.filter(({ name }) => name !== 'notifications').map(({ name }) => `projection/${name}`);

test('the journal gets the events of the projections, and holds what they have not handled', async () => {
  const thread = await start();
  await eventually(
    'all live',
    () => told.filter((type) => type === 'sekisho.projection.live.v1').length === names.length,
  );
  journal.append('system', JSON.parse(eventText(processPrefix(1), 1)) as Envelope);
  await journal.durable();
  const head = journal.head();
  await eventually('confirmed', async () => {
    const readers = await journal.readers();
    return names.every((name) => (readers.get(name) ?? 0) >= head);
  });
  await thread.stop();
  await journal.durable();
  const types: string[] = [];
  for await (const { event } of journal.read({ after: 0 })) types.push(event.type);
  expect(types.filter((type) => type === 'sekisho.projection.stopped.v1').length).toBe(names.length);
  expect(types.filter((type) => type.startsWith('sekisho.projection.'))).toEqual(told);
  expect(problems).toEqual([]);
});

test.each([{ run: false }, { source: 'kafka' as const }])(
  'with %o no thread runs, and retention waits for none of them',
  async (more) => {
    journal.append('system', JSON.parse(eventText(processPrefix(1), 1)) as Envelope);
    await journal.durable();
    await journal.confirm('projection/system-events', 1);
    await journal.confirm('relay/kafka', 1);
    const thread = await start(more);
    expect([...(await journal.readers()).keys()]).toEqual(['relay/kafka']);
    await thread.stop();
    expect(told).toEqual([]);
  },
);

test('a projection that there is no more does not hold retention', async () => {
  journal.append('system', JSON.parse(eventText(processPrefix(1), 1)) as Envelope);
  await journal.durable();
  await journal.confirm('projection/of-an-older-version', 1);
  const thread = await start();
  expect((await journal.readers()).has('projection/of-an-older-version')).toBe(false);
  await thread.stop();
});
