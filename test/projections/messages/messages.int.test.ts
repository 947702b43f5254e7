import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openViewReader } from '../../../src/adapters/projection-store/open-view-reader.ts';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { foldDelivery } from '../../../src/projections/fold-delivery.ts';
import { messages } from '../../../src/projections/messages/messages.ts';
import { findMessages, queryMessages } from '../../../src/projections/messages/query.ts';
import type { ViewReader } from '../../../src/projections/ports/view-store.ts';
import { eventsOf } from '../../support/fold.ts';
import { viewsFolder } from '../../support/projections.ts';
import { answered, asking, deferred, scanBegun } from './scans.ts';

/** The same questions as to rows in memory (query.unit.test.ts), to the store with its keys and indexes. */

const guid = (number: number) => `0F3C1D2E-0000-4000-8000-${String(number).padStart(12, '0')}`;
const atMs = (number: number) => 1_800_000_000_000 + number * 1000;
const make = eventsOf();
let folder: string;
let remove: () => Promise<void>;
let view: ViewReader;

/** Every third message is deferred and comes again at once. */
const events: Envelope[] = Array.from({ length: 300 }, (_, number) => {
  const names = { messageId: `m${number - (number % 3 === 1 ? 1 : 0)}@x`, receivedMs: atMs(number) };
  const more = { mailFrom: 'Same@example.org', recipients: [`b${Math.floor(number / 3)}@example.net`] };
  const end = number % 3 === 0 ? deferred : answered;
  return [...asking(make, scanBegun(guid(number), { ...names, ...more })), ...end(make, guid(number))];
}).flat();

beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  const store = openViewStore({ folder, projection: messages, source: 'journal' });
  const delivered = events.map((event, index) => ({ offset: index + 1, text: JSON.stringify(event) }));
  const upTo = delivered.length;
  const writer = store.begin();
  // Twice: what was handled is passed over.
  for (let round = 0; round < 2; round++)
    writer.transact((tx) => foldDelivery(messages, { stream: 'journal', events: delivered, upTo, head: upTo }, tx, 0));
  expect(store.parked()).toEqual([]);
  store.close();
  view = openViewReader(folder, 'messages');
});
afterEach(async () => {
  view.close();
  await remove();
});

const numbers = (found: Iterable<{ tries: readonly { guid: string }[] }>) =>
  [...found].map(({ tries }) => tries.map((each) => Number(each.guid.slice(-12))));

describe('the view in the store', () => {
  test('newest first, a page at a time, tries joined', () => {
    expect(numbers(queryMessages(view, { limit: 4 }))).toEqual([[299], [297, 298], [296], [294, 295]]);
    expect(numbers(queryMessages(view, { limit: 1000 }))).toHaveLength(200);
    expect(numbers(queryMessages(view, { limit: 9, sinceMs: atMs(3), untilMs: atMs(6) }))).toEqual([[5], [3, 4]]);
  });

  test('found by each of its names', () => {
    const everything = { limit: 1000 };
    expect(numbers(findMessages(view, '<m6@x>', everything))).toEqual([[6, 7]]);
    expect(numbers(findMessages(view, guid(7).toLowerCase(), everything))).toEqual([[6, 7]]);
    expect(numbers(findMessages(view, guid(7).slice(0, 36 - 3), everything))).toHaveLength(200);
    expect(numbers(findMessages(view, 'B2@example.NET', everything))).toEqual([[8], [6, 7]]);
    expect(numbers(findMessages(view, 'same@example.org', { limit: 2 }))).toEqual([[299], [297, 298]]);
    expect(numbers(findMessages(view, 'same@example.org', { limit: 9, untilMs: atMs(3) }))).toEqual([[2], [0, 1]]);
    expect(numbers(findMessages(view, 'b2@example', everything))).toEqual([]);
  });

  test('servers that failed are in the tries that they failed', () => {
    const [message] = findMessages(view, guid(6), { limit: 1 });
    expect(message?.tries.map(({ failures, outcome }) => [outcome, failures.length])).toEqual([
      ['deferred', 1],
      ['delivered', 0],
    ]);
    expect(numbers(queryMessages(view, { limit: 3, server: 'sps', text: 'b2@*' }))).toEqual([[8], [6, 7]]);
  });
});
