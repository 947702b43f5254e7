import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openViewStore } from '../../src/adapters/projection-store/open-view-store.ts';
import { viewFile } from '../../src/adapters/projection-store/view-file.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { isWanted } from '../../src/events/wanted.ts';
import { projections } from '../../src/projections/all.ts';
import { forgottenRowsMax } from '../../src/projections/forgetting.ts';
import { messages } from '../../src/projections/messages/messages.ts';
import type { ViewStore } from '../../src/projections/ports/view-store.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { readIntoView, rebuildView } from '../../src/projections/runtime/read-into-view.ts';
import { eventsOf } from '../support/fold.ts';
import { MemorySource, processPrefix, viewsFolder } from '../support/projections.ts';
import { eventsOfToday, recordedHistories } from '../support/recorded-histories.ts';
import { answered, asking, deferred, scanBegun } from './messages/scans.ts';

const dayMs = 86_400_000;
const firstMs = 1_800_000_000_000;
const never = new AbortController().signal;

let folder: string;
let remove: () => Promise<void>;
let source: MemorySource;
const stores: ViewStore[] = [];
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  source = new MemorySource();
  source.size = 100;
});
afterEach(async () => {
  for (const store of stores.splice(0)) store.close();
  await remove();
});

function opened(projection: Projection): ViewStore {
  const store = openViewStore({ folder, projection, source: 'journal' });
  stores.push(store);
  return store;
}

/** Reads on to the end of the log, as the runtime does. */
async function read(projection: Projection, keepDays: number, nowMs = Number.MAX_SAFE_INTEGER): Promise<ViewStore> {
  const store = opened(projection);
  const parts = { projection, store, source, now: () => nowMs, keepMs: keepDays * dayMs };
  await readIntoView(parts, { signal: never, untilCaughtUp: true }, {});
  expect(store.parked()).toEqual([]);
  return store;
}

const contents = (store: ViewStore, { tables }: Projection) =>
  Object.fromEntries(
    Object.keys(tables).map((table) => [table, [...store.query(table)].map((row) => JSON.stringify(row)).sort()]),
  );
const counts = (store: ViewStore, projection: Projection) =>
  Object.fromEntries(Object.entries(contents(store, projection)).map(([table, { length }]) => [table, length]));

const append = (events: readonly Envelope[]) => source.append(...events.map((event) => JSON.stringify(event)));

/** The scans of one day: each message is deferred once and then delivered. */
function day(number: number, messageCount = 20): Envelope[] {
  const make = eventsOf(`/sekisho/gateway/day-${number}`);
  const of = (index: number, name: string) => `0F3C1D2E-${String(number).padStart(4, '0')}-${name}-${index}`;
  return Array.from({ length: messageCount }, (_, index) => {
    const beginMs = firstMs + number * dayMs + index * 1000;
    const time = new Date(beginMs).toISOString();
    const recipients = [`b${index}@example.net`, `day-${number}@example.net`];
    const begun = (guid: string) => asking(make, scanBegun(guid, { receivedMs: beginMs, recipients }));
    const [first, second] = [of(index, 'first'), of(index, 'second')];
    const events = [...begun(first), ...deferred(make, first), ...begun(second), ...answered(make, second)];
    return events.map((event) => ({ ...event, time }));
  })
    .flat()
    .map((event, index) => ({ ...event, id: `${processPrefix(number)}.${index.toString(36)}` }));
}

describe.each(projections.map((projection) => ({ name: projection.name, projection })))('$name', ({ projection }) => {
  /** What has no time of its own: rows that belong to others and go with them, and those of which there are only so many. */
  const bounded: Readonly<Record<string, readonly string[]>> = {
    // One for each trouble that goes on.
    'system-events': ['told', 'erasures'],
    'policy-events': ['erasures'],
    messages: ['outcomes', 'addresses', 'erasures'],
    // One for each command that runs.
    audit: ['given'],
    // One for each server, component and gateway.
    servers: ['servers', 'engines', 'gateways', 'methods', 'components', 'relays'],
    statistics: ['standings'],
    // What is due goes into the outbox instead.
    notifications: ['due', 'told'],
  };

  test('forgets every table that grows', async () => {
    const aging = (projection.ages ?? []).map(({ table }) => table);
    expect([...aging, ...(bounded[projection.name] ?? [])].sort()).toEqual(Object.keys(projection.tables).sort());
    const events = [...day(0), ...recordedHistories().flatMap(eventsOfToday)].map((event, index) => ({
      ...event,
      ...{ id: `${index}`, time: new Date(firstMs + index).toISOString() },
      data: {
        ...event.data,
        ...(event.data.input !== undefined && { input: { ...event.data.input, receivedMs: firstMs } }),
      },
    }));
    append(events.filter((event) => isWanted(projection, event)));
    const before = counts(await read(projection, 1), projection);
    // Deliveries that say nothing but the time: the old goes bit by bit.
    const late = { ...(events[0] as Envelope), time: new Date(firstMs + 3 * dayMs).toISOString() };
    append(Array.from({ length: 20 }, (_, round) => ({ ...late, id: `late ${round}` })));
    source.size = 1;
    const store = opened(projection);
    const now = () => Number.MAX_SAFE_INTEGER;
    const parts = { projection: { ...projection, fold: () => [] }, store, source, now, keepMs: dayMs };
    await readIntoView(parts, { signal: never, untilCaughtUp: true }, {});
    const after = counts(store, projection);
    for (const table of [...aging, ...(projection.name === 'messages' ? ['outcomes', 'addresses'] : [])]) {
      if (table !== 'deferred') expect(before[table], table).toBeGreaterThan(0);
      expect(after[table], table).toBe(0);
    }
  });
});

test('what is younger stays, and days 0 forget nothing', async () => {
  for (let number = 0; number < 6; number++) append(day(number));
  const whole = counts(await read(messages, 0), messages);
  expect(whole).toMatchObject({ arrivals: 240, outcomes: 240, failures: 120 });
  await remove();
  const store = await read(messages, 2);
  // The days 3, 4 and 5: whole hours before the newest event.
  expect(counts(store, messages)).toMatchObject({ arrivals: 120, outcomes: 120, failures: 60 });
  const times = [...store.query('arrivals')].map(({ time }) => Date.parse(String(time)));
  expect(Math.min(...times)).toBe(firstMs + 3 * dayMs);
});

test('invariant 5: a rebuild, and any other split of the log, forget the same', async () => {
  for (let number = 0; number < 6; number++) append(day(number));
  const live = contents(await read(messages, 2), messages);
  source.size = 17;
  const store = opened(messages);
  const parts = { projection: messages, store, source, now: () => Number.MAX_SAFE_INTEGER, keepMs: 2 * dayMs };
  await rebuildView(parts, { signal: never }, {});
  expect(contents(store, messages)).toEqual(live);
});

test('an event of a clock that is ahead makes nothing old', async () => {
  append(day(0));
  append(day(4000, 1));
  const store = await read(messages, 2, firstMs + dayMs);
  expect(counts(store, messages)).toMatchObject({ arrivals: 42 });
});

test('a delivery takes only some of them along', async () => {
  append(day(0, forgottenRowsMax));
  await read(messages, 2);
  source.size = 1;
  const [next, after] = day(5, 1).filter(({ data }) => data.input !== undefined);
  append([next as Envelope]);
  const arrivals = (store: ViewStore) => counts(store, messages).arrivals;
  expect(arrivals(await read(messages, 2))).toBe(forgottenRowsMax + 1);
  append([after as Envelope]);
  expect(arrivals(await read(messages, 2))).toBe(2);
});

test('the file stops growing: what is new takes the place of what is forgotten', async () => {
  const sizeAfter = async (from: number, to: number) => {
    for (let number = from; number < to; number++) append(day(number, 50));
    const store = await read(messages, 5);
    store.close();
    stores.pop();
    return statSync(viewFile(folder, 'messages')).size;
  };
  const [early, late] = [await sizeAfter(0, 12), await sizeAfter(12, 60)];
  expect(late).toBeLessThan(early * 1.3);
});
