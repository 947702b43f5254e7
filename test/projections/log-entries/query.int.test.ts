import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { foldDelivery } from '../../../src/projections/fold-delivery.ts';
import { type LogEntry, levels } from '../../../src/projections/log-entries/entry.ts';
import { type LogQuery, queryLog } from '../../../src/projections/log-entries/query.ts';
import { added, entryTable } from '../../../src/projections/log-entries/table.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { eventsOf } from '../../support/fold.ts';
import { processPrefix, viewsFolder } from '../../support/projections.ts';

/** A log whose entries are what the events say they are. */
const log: Projection = {
  ...{ name: 'log', about: '', version: 1, lanes: ['system'], tables: { entries: entryTable } },
  fold: ({ id, time, data }) => [added({ ...(data.entry as LogEntry), id, time })],
};

let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
});
afterEach(() => remove());

type Given = Pick<LogEntry, 'level'> & Partial<LogEntry> & { atMs: number };

/** Asks a log that was made of these, in this order. */
function asked(given: readonly Given[], queries: readonly LogQuery[]): string[][] {
  const store = openViewStore({ folder, projection: log, source: 'journal' });
  const event = eventsOf();
  const events = given.map(
    ({ atMs, ...entry }, index): Envelope => ({
      ...event('service.running', 'service', { entry: { message: { ja: 'あ', en: 'a' }, ...entry } }),
      id: `${processPrefix(1)}.${index.toString(36)}`,
      time: new Date(atMs).toISOString(),
    }),
  );
  const delivered = events.map((each, index) => ({ offset: index + 1, text: JSON.stringify(each) }));
  const delivery = { stream: 'journal', events: delivered, upTo: delivered.length, head: delivered.length };
  try {
    const writer = store.begin(true);
    writer.transact((view) => foldDelivery(log, delivery, view, 0));
    writer.publish(new Set(['journal']));
    expect(store.parked()).toEqual([]);
    return queries.map((query) =>
      [...queryLog(store, query)].map(({ id }) => String(Number.parseInt(id.split('.')[1] ?? '', 36))),
    );
  } finally {
    store.close();
  }
}

const limit = 1000;

describe('a query of a log', () => {
  const noon = Date.parse('2026-11-24T12:00:00Z');

  test('finds by level, time, text, server and message, newest first', () => {
    const given: Given[] = [
      { level: 'error', atMs: noon, servers: ['sps1.example:443'], message: { ja: '300秒間', en: 'not available' } },
      { level: 'warning', atMs: noon + 1, messageId: 'm1', servers: ['[::1]:8443', 'sps2.example:443'] },
      { level: 'information', atMs: noon + 2, messageId: 'm1', message: { ja: '回復', en: 'Recovered' } },
    ];
    expect(
      asked(given, [
        { limit },
        { limit: 2 },
        { limit: 0 },
        { limit, levels: ['error'] },
        { limit, levels: ['information', 'error', 'error'] },
        { limit, levels: [] },
        { limit, sinceMs: noon + 1 },
        { limit, untilMs: noon + 1 },
        { limit, text: '*秒間*;recov' },
        { limit, server: 'SPS1.example' },
        { limit, server: 'sps2.example:443' },
        { limit, server: '::1' },
        { limit, server: '[::1]' },
        { limit, server: 'sps' },
        { limit, messageId: 'm1' },
        { limit, messageId: 'm1', levels: ['warning'], untilMs: noon + 2 },
      ]),
    ).toEqual([
      ...[['2', '1', '0'], ['2', '1'], [], ['0'], ['2', '0'], [], ['2', '1'], ['0'], ['2', '0']],
      ...[['0'], ['1'], ['1'], ['1'], [], ['2', '1'], ['1']],
    ]);
  });

  test('a clock that jumps loses nothing: entries stand where their time says, those of one time as the log has them', () => {
    const hour = 3_600_000;
    const times = [0, 1, 1, 1, hour, hour, 2, 2, -hour, 3, 3];
    const given = times.map((offset): Given => ({ level: 'error', atMs: noon + offset }));
    const inOrder = ['5', '4', '10', '9', '7', '6', '3', '2', '1', '0', '8'];
    expect(
      asked(given, [
        { limit },
        { limit, levels: ['error', 'warning'] },
        { limit, levels: ['error'], sinceMs: noon, untilMs: noon + 10 },
        { limit, sinceMs: noon - hour, untilMs: noon },
      ]),
    ).toEqual([inOrder, inOrder, inOrder.slice(2, 10), ['8']]);
  });

  test('whatever is asked for, it finds what fits', () => {
    const server = fc.constantFrom('a:1', 'b:1', 'b:2');
    const entry = fc.record({
      level: fc.constantFrom(...levels),
      atMs: fc.integer({ min: noon, max: noon + 9 }),
      messageId: fc.constantFrom('m1', 'm2'),
      servers: fc.uniqueArray(server, { maxLength: 2 }),
      message: fc.record({ ja: fc.constantFrom('あ', 'い'), en: fc.constantFrom('a', 'b') }),
    });
    const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
    const query = fc.record({
      levels: maybe(fc.subarray([...levels])),
      sinceMs: maybe(fc.integer({ min: noon, max: noon + 9 })),
      untilMs: maybe(fc.integer({ min: noon, max: noon + 9 })),
      text: maybe(fc.constantFrom('a', 'い', 'a;い')),
      server: maybe(fc.constantFrom('a', 'b', 'b:2')),
      messageId: maybe(fc.constantFrom('m1')),
      limit: fc.integer({ min: 0, max: 30 }),
    });
    const fits = (query: LogQuery) => (each: Given) =>
      (query.levels?.includes(each.level) ?? true) &&
      each.atMs >= (query.sinceMs ?? 0) &&
      each.atMs < (query.untilMs ?? Number.POSITIVE_INFINITY) &&
      (query.text?.split(';').some((text) => each.message?.ja === text || each.message?.en === text) ?? true) &&
      (query.server === undefined ||
        (each.servers ?? []).some((name) => name === query.server || name.split(':')[0] === query.server)) &&
      (query.messageId === undefined || each.messageId === query.messageId);
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 30 }),
        fc.array(query, { minLength: 20, maxLength: 20 }),
        (given, queries) => {
          const known = queries.map((each) => JSON.parse(JSON.stringify(each)) as LogQuery);
          const wanted = known.map((each) =>
            given
              .map((entry, index) => ({ entry, index }))
              .filter(({ entry }) => fits(each)(entry))
              .sort((a, b) => b.entry.atMs - a.entry.atMs || b.index - a.index)
              .slice(0, each.limit)
              .map(({ index }) => String(index)),
          );
          expect(asked(given, known)).toEqual(wanted);
        },
      ),
      { numRuns: 30 },
    );
  });
});
