import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openViewReader } from '../../../src/adapters/projection-store/open-view-reader.ts';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import { tryRunnerLock } from '../../../src/adapters/projection-store/runner-lock.ts';
import { foldDelivery, foldParked } from '../../../src/projections/fold-delivery.ts';
import type { ViewStore, ViewWriter } from '../../../src/projections/ports/view-store.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { eventText, histories, historiesIn, processPrefix, viewsFolder } from '../../support/projections.ts';

let folder: string;
let remove: () => Promise<void>;
const opened: ViewStore[] = [];
const open = (projection: Projection = histories, source = 'journal') => {
  const store = openViewStore({ folder, projection, source });
  opened.push(store);
  return store;
};
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
});
afterEach(async () => {
  for (const store of opened.splice(0)) store.close();
  await remove();
});

const prefix = processPrefix(1);
/** Event `number` of the journal, which is the step `number` of `service`. */
const text = (number: number, fields = {}) => eventText(prefix, number, { subject: 'service', ...fields });
const deliver = (writer: ViewWriter, from: number, to: number, texts?: readonly string[]) => {
  const events = Array.from({ length: to - from + 1 }, (_, index) => ({
    offset: from + index,
    text: texts?.[index] ?? text(from + index),
  }));
  writer.transact((view) => foldDelivery(histories, { stream: 'journal', events, upTo: to, head: to }, view, 5));
};
const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a commit', () => {
  test('keeps result and position together, for whoever opens the view next', () => {
    deliver(open().begin(), 1, 5);
    const again = open();
    expect(again.positions()).toEqual(new Map([['journal', 5]]));
    expect(historiesIn(again)).toEqual({ service: steps(1, 5) });
  });

  test('that is broken off leaves nothing behind', () => {
    const store = open();
    const writer = store.begin();
    deliver(writer, 1, 2);
    expect(() =>
      writer.transact((view) => {
        view.move('journal', 9);
        view.apply({ table: 'histories', key: 'x', row: '{}', values: ['x', 1, 1] });
        throw new Error('killed');
      }),
    ).toThrow('killed');
    expect(store.positions()).toEqual(new Map([['journal', 2]]));
    expect(store.get('histories', 'x')).toBeUndefined();
  });

  test('of another process is seen: nothing is folded twice', () => {
    const [one, other] = [open().begin(), open()];
    deliver(one, 1, 3);
    const second = other.served();
    if (second === undefined) throw new Error('nothing is served');
    deliver(second, 1, 5);
    deliver(one, 4, 6);
    expect(historiesIn(other)).toEqual({ service: steps(1, 6) });
  });

  test('passes over an event whose id was seen, of whatever form', () => {
    const store = open();
    const foreign = (number: number) => text(number, { id: 'somebody/else' });
    deliver(store.begin(), 1, 6, [text(1), text(2), text(1), text(2), foreign(3), foreign(4)]);
    expect(historiesIn(store)).toEqual({ service: [1, 2, 3] });
  });

  test('an id that only looks like one of ours says nothing of its order', () => {
    const store = open();
    deliver(store.begin(), 1, 2, [text(1, { id: 'mail.zz' }), text(2, { id: 'mail.aa' })]);
    expect(historiesIn(store)).toEqual({ service: [1, 2] });
  });

  test('passes over lanes and types that the projection does not read', () => {
    const store = open();
    deliver(store.begin(), 1, 2, [text(1, { type: 'sekisho.scan.verdict.v1' }), text(2)]);
    expect(historiesIn(store)).toEqual({ service: [2] });
    expect(store.parked()).toEqual([]);
  });

  test('parks what is no event or cannot be folded, with the reason, and goes on', () => {
    const store = open();
    const writer = store.begin();
    const poison = [
      '{',
      '[]',
      '{"specversion":"1.0"}',
      text(4, { type: 'sekisho.service.poison.v1' }),
      text(5, { time: 'x' }),
    ];
    deliver(writer, 1, 6, [...poison, text(6)]);
    expect(historiesIn(store)).toEqual({ service: [6] });
    expect(store.parked()).toMatchObject([
      { stream: 'journal', offset: 1, reason: expect.stringMatching(/no JSON/), text: '{', timeMs: 5 },
      { offset: 2, reason: expect.stringMatching(/no JSON object/) },
      { offset: 3, reason: expect.stringMatching(/id is no text/) },
      { offset: 4, reason: expect.stringMatching(/cannot fold/) },
      { offset: 5, reason: expect.stringMatching(/time is no time/) },
    ]);
    const told = writer.unannounced();
    expect(told.length).toBe(5);
    writer.announced(told);
    expect(writer.unannounced()).toEqual([]);
  });

  test('parks what comes again only once', () => {
    const store = open();
    const writer = store.begin();
    deliver(writer, 1, 2, ['{', text(2)]);
    deliver(writer, 1, 3, ['{', text(2), text(3)]);
    expect(store.parked().length).toBe(1);
    expect(historiesIn(store)).toEqual({ service: [2, 3] });
  });

  test('a change that does not fit the tables parks its event as a whole', () => {
    const bad: Projection = {
      ...histories,
      fold: (event) => [
        { table: 'histories', key: 'good', row: { subject: 'good' } },
        { table: 'histories', key: event.subject, row: { count: 'many' } },
      ],
    };
    const store = open(bad);
    store.begin().transact((view) => {
      foldDelivery(bad, { stream: 'journal', events: [{ offset: 1, text: text(1) }], upTo: 1, head: 1 }, view, 0);
    });
    expect(historiesIn(store)).toEqual({});
    expect(store.parked()).toMatchObject([{ reason: expect.stringMatching(/column count is integer/) }]);
  });

  test('trouble of the store is no fault of the event', () => {
    const writer = open().begin();
    const broken = () =>
      writer.transact((view) => {
        const get = () => {
          throw new Error('disk I/O error');
        };
        const events = [{ offset: 1, text: text(1) }];
        foldDelivery(histories, { stream: 'journal', events, upTo: 1, head: 1 }, { ...view, get }, 0);
      });
    expect(broken).toThrow('disk I/O error');
    expect(writer.positions()).toEqual(new Map());
  });
});

describe('another try of what is parked', () => {
  test('folds what can be folded now, each event once, and keeps the rest', () => {
    const store = open();
    const poison = text(2, { type: 'sekisho.service.poison.v1' });
    deliver(store.begin(), 1, 5, [text(1), poison, '{', poison, text(5)]);
    const mended: Projection = {
      ...histories,
      fold: (event, rows) => histories.fold({ ...event, type: 'sekisho.service.running.v1' }, rows),
    };
    const folded = store.served()?.transact((view) => foldParked(mended, view, 7));
    expect(folded).toBe(1);
    expect(historiesIn(store)).toEqual({ service: [1, 5, 2] });
    expect(store.parked()).toMatchObject([{ offset: 3, timeMs: 7 }]);
  });
});

describe('a rebuild', () => {
  test('queries are answered from the old view until the new one takes its place', () => {
    const store = open();
    deliver(store.begin(), 1, 5);
    const fresh = store.begin(true);
    deliver(fresh, 1, 2);
    expect(historiesIn(store)).toEqual({ service: steps(1, 5) });
    expect(fresh.publish()).toBe(false);
    deliver(fresh, 3, 5);
    expect(fresh.publish()).toBe(true);
    expect(historiesIn(store)).toEqual({ service: steps(1, 5) });
    expect(fresh.isServed()).toBe(true);
  });

  test('who folds into the old view goes on with the new one', () => {
    const live = open();
    const follower = live.begin();
    deliver(follower, 1, 3);
    const fresh = open().begin(true);
    deliver(fresh, 1, 3);
    expect(fresh.publish()).toBe(true);
    deliver(follower, 4, 6);
    expect(historiesIn(live)).toEqual({ service: steps(1, 6) });
  });

  test('one that was begun goes on; one whose place another took is told so', () => {
    deliver(open().begin(), 1, 3);
    const first = open().begin(true);
    deliver(first, 1, 2);
    const resumed = open().begin();
    expect(resumed.positions()).toEqual(new Map([['journal', 2]]));
    open().begin(true);
    expect(() => deliver(first, 3, 3)).toThrow(/rebuilt by another process/);
  });

  test.each([
    ['version', { ...histories, version: 2 }, 'journal'],
    ['source', histories, 'kafka'],
    ['tables', { ...histories, tables: { histories: { columns: {} } } }, 'journal'],
  ] as const)('another %s asks for one, and meanwhile the old view answers', (_what, projection, source) => {
    deliver(open().begin(), 1, 3);
    const store = open(projection, source);
    expect(store.served()).toBeUndefined();
    expect(historiesIn(store)).toEqual({ service: steps(1, 3) });
    const fresh = store.begin();
    expect(fresh.isServed()).toBe(false);
    expect(fresh.publish()).toBe(true);
    expect(store.served()?.positions()).toEqual(new Map());
  });

  test('does not tell again what was told before', () => {
    const store = open();
    const first = store.begin();
    deliver(first, 1, 2, ['{', text(2)]);
    first.announced(first.unannounced());
    const fresh = store.begin(true);
    deliver(fresh, 1, 3, ['{', text(2), '[']);
    expect(fresh.unannounced().map(({ offset }) => offset)).toEqual([3]);
  });
});

describe('queries', () => {
  test('find rows by columns, within bounds, sorted and limited', () => {
    const store = open();
    const subjects = ['a', 'b', 'a', 'c', 'd'];
    deliver(
      store.begin(),
      1,
      5,
      subjects.map((subject, index) => text(index + 1, { subject })),
    );
    const found = (query: Parameters<ViewStore['query']>[1]) =>
      [...store.query('histories', query)].map(({ subject }) => subject);
    expect(found({})).toEqual(['a', 'b', 'c', 'd']);
    expect(found({ where: { count: 1 } })).toEqual(['b', 'c', 'd']);
    expect(found({ where: { count: [2, 3] } })).toEqual(['a']);
    expect(found({ where: { count: [] } })).toEqual([]);
    expect(found({ orderBy: 'at', newestFirst: true, limit: 2 })).toEqual(['d', 'c']);
    expect(found({ newestFirst: true })).toEqual(['d', 'c', 'b', 'a']);
    const at = (counter: number) => 1_700_000_000_000 + counter;
    expect(found({ range: { column: 'at', from: at(3), before: at(5) }, orderBy: 'at' })).toEqual(['a', 'c']);
    expect(() => found({ where: { 'count"; DROP TABLE x': 1 } })).toThrow(RangeError);
  });

  test('a reading that began before a rebuild ends with the view it began with', () => {
    const store = open();
    deliver(
      store.begin(),
      1,
      3,
      ['a', 'b', 'c'].map((subject, index) => text(index + 1, { subject })),
    );
    const reader = openViewReader(folder, 'histories');
    const rows = reader.query('histories')[Symbol.iterator]();
    expect(rows.next().value).toMatchObject({ subject: 'a' });
    const other = open({ ...histories, version: 2 });
    expect(other.begin().publish()).toBe(true);
    expect([rows.next(), rows.next()].map(({ value }) => value)).toMatchObject([{ subject: 'b' }, { subject: 'c' }]);
    expect(rows.next().done).toBe(true);
    expect([...reader.query('histories')]).toEqual([]);
    reader.close();
  });
});

test('one at a time keeps the views of a folder up to date', () => {
  const lock = tryRunnerLock(folder);
  expect(lock).toBeDefined();
  expect(tryRunnerLock(folder)).toBeUndefined();
  lock?.release();
  const next = tryRunnerLock(folder);
  expect(next).toBeDefined();
  next?.release();
});

test('a file of a newer version is left alone, and told with what to do', () => {
  open().begin();
  const db = new DatabaseSync(join(folder, 'histories.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => open()).toThrow(/histories\.db cannot be used .*schema 99.*may be deleted/);
});
