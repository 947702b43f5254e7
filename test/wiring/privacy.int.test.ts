import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../../src/actors/ports/journal.ts';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import type { Settings } from '../../src/adapters/settings/settings.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { messages } from '../../src/projections/messages/messages.ts';
import { rebuildView } from '../../src/projections/runtime/read-into-view.ts';
import { openView } from '../../src/wiring/open-view.ts';
import { type RunningPrivacy, startPrivacy } from '../../src/wiring/privacy.ts';
import { openProjectionSource, openStore } from '../../src/wiring/projection-source.ts';
import { eventually } from '../support/eventually.ts';
import { collect } from '../support/journal-conformance.ts';
import { eventsOfToday, recordedHistories } from '../support/recorded-histories.ts';

const dayMs = 86_400_000;
let folder: string;
let settings: Settings;
let journal: Journal;
let privacy: RunningPrivacy | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-privacy-'));
  settings = readSettings({
    environment: { SEKISHO_STATE_FOLDER: folder, SEKISHO_LOGS_PERSONAL_DAYS_MAX: '7' },
    cwd: '/',
  });
  journal = await createJournal({ folder: join(folder, 'journal'), freeBytesMin: 0 });
  privacy = undefined;
});
afterEach(async () => {
  await privacy?.stop();
  await journal.close();
  await rm(folder, { recursive: true });
});

const start = () => {
  privacy = startPrivacy({
    settings,
    journal,
    source: '/s',
    onEvent: () => {},
    onProblem: (problem) => problems.push(problem),
  });
};
const problems: string[] = [];

/** Mail of some days ago: what a gateway once wrote. */
async function mailOf(ageDays: number): Promise<Envelope[]> {
  const [history] = recordedHistories().filter(({ name }) => name.endsWith('/malware'));
  const events = (history === undefined ? [] : eventsOfToday(history)).map((event, index) => ({
    ...event,
    id: `${ageDays}-${index}`,
    subject: event.subject.replace('/', `/${ageDays}-`),
    time: new Date(Date.now() - ageDays * dayMs).toISOString(),
  }));
  for (const event of events) journal.append('scans', event);
  await journal.durable();
  return events;
}

/** All rows of the view of messages, as a query finds them. */
async function rows(): Promise<Record<string, unknown[]>> {
  const view = await openView({ settings, projection: messages, warn: (line) => problems.push(line) });
  const found = Object.keys(messages.tables).map((table) => [table, [...view.query(table)]]);
  view.close();
  return Object.fromEntries(found);
}

async function rebuild(): Promise<void> {
  const { source, close } = await openProjectionSource(settings);
  const store = openStore(settings, messages, () => {});
  await rebuildView(
    { projection: messages, store, source, now: Date.now },
    { signal: new AbortController().signal },
    {},
  );
  store.close();
  await close();
}

const text = (value: unknown) => JSON.stringify(value);
const people = /[ab]@example\.(org|net)/;

test('personal data older than [logs] personal_days_max go from journal and views; a rebuild gives the same', async () => {
  await mailOf(20);
  await mailOf(1);
  const before = await rows();
  expect(text(before).match(people)).not.toBeNull();
  start();
  const old = async () => (await collect(journal.read({ after: 0 }))).filter(({ event }) => event.id.startsWith('20-'));
  await eventually('the journal', async () => text(await old()).match(people) === null);
  expect(
    (await collect(journal.read({ after: 0 })))
      .filter(({ event }) => event.id.startsWith('1-'))
      .some((each) => people.test(text(each))),
  ).toBe(true);

  const after = await rows();
  const arrivals = (after.arrivals ?? []) as { guid: string; mailFrom: string; size: number }[];
  expect(arrivals.map(({ guid, mailFrom }) => [guid.startsWith('20-'), mailFrom === 'erased'])).toEqual(
    arrivals.map(({ guid }) => [guid.startsWith('20-'), guid.startsWith('20-')]),
  );
  expect(arrivals.map(({ size }) => size)).toEqual((before.arrivals as typeof arrivals).map(({ size }) => size));
  await rebuild();
  expect({ ...(await rows()), erasures: [] }).toEqual({ ...after, erasures: [] });
  expect(problems).toEqual([]);
});

test('the next start tells nothing new on the same day, and goes on from there on another', async () => {
  await mailOf(20);
  start();
  await eventually('the event', async () => (await journal.latest('system')).length > 0);
  await privacy?.stop();
  const told = async () =>
    (await collect(journal.read({ after: 0, types: ['sekisho.privacy.erased.v1'] }))).map(({ event }) => event.data);
  start();
  await mailOf(19);
  await eventually(
    'what came since',
    async () => text(await collect(journal.read({ after: 0 }))).match(people) === null,
  );
  expect(await told()).toEqual([{ what: 'age', fromMs: 0, beforeMs: expect.any(Number) }]);
});
