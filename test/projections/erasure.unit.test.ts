import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import { type Erasure, erased, eraserOf } from '../../src/events/personal.ts';
import { isWanted } from '../../src/events/wanted.ts';
import { projections } from '../../src/projections/all.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { eventsOf, foldAll, type Tables } from '../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../support/recorded-histories.ts';

const withPersonal = projections.filter(({ personal }) => personal !== undefined);

/** Events with people in them: recorded ones, made as they are written today, and a notice to a sender. */
function events(): Envelope[] {
  const notice = { state: 'Sent', kind: 'notice-to-sender', channel: 'mail', target: 'b@example.net' };
  const sent = eventsOf()('notification.sent', 'notification/e1/notice-to-sender/b@example.net/mail', notice);
  return [sent, ...recorded()];
}

function recorded(): Envelope[] {
  return recordedHistories()
    .flatMap(eventsOfToday)
    .map((event, index) => {
      const input = event.data.input as object | undefined;
      const people = {
        ...{
          clientName: 'pc.example.org',
          helo: 'pc',
          messageId: `${index}@pc`,
          subject: 'An offer',
          queueId: `Q${index}`,
        },
        recipientCount: 1,
      };
      const message = { mailFrom: 'a@example.org', recipients: ['b@example.net'], ...people };
      const isScan = event.type.startsWith('sekisho.scan.');
      return {
        ...event,
        id: `${index}`,
        data: {
          ...event.data,
          ...(isScan && input !== undefined && { input: { ...input, ...people } }),
          ...(isScan && /Deferred|Answered/.test(event.data.state) && { message }),
          ...(isScan && event.data.state === 'Deferred' && { reply: { code: 451, text: '<b@example.net>: later' } }),
        },
      };
    });
}

function fold(projection: Projection, all: readonly Envelope[]): Tables {
  return foldAll(
    projection,
    all.filter((event) => isWanted(projection, event)),
  );
}

/** Erases in place, as the runtime does in a store. */
function erase(projection: Projection, tables: Tables, erasure: Erasure): void {
  const rows = { get: (table: string, key: string) => tables[table]?.get(key) };
  const { personal } = projection;
  for (const row of [...(tables[personal?.table ?? '']?.values() ?? [])]) {
    for (const { table, key, row: next } of personal?.erase(row, eraserOf(erasure), rows) ?? []) {
      if (next === undefined) tables[table]?.delete(key);
      else tables[table]?.set(key, JSON.parse(JSON.stringify(next)));
    }
  }
}

const shown = (tables: Tables) =>
  Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [
      name,
      Object.fromEntries([...rows].filter(([key]) => !key.startsWith(erased))),
    ]),
  );

describe.each(withPersonal.map((projection) => ({ name: projection.name, projection })))('$name', ({ projection }) => {
  test('reads that something was erased, and remembers it', () => {
    expect(projection.lanes).toContain('system');
    expect(isWanted(projection, { type: 'sekisho.privacy.erased.v1' })).toBe(true);
    expect(projection.tables).toHaveProperty('erasures');
    expect(projection.tables[projection.personal?.table ?? '']?.columns).toHaveProperty('time', 'time');
  });

  test.each<Erasure>([
    { kind: 'age', beforeMs: Number.MAX_SAFE_INTEGER },
    { kind: 'address', address: 'B@example.net' },
  ])('erased by $kind, it is as if the events had come without', (erasure) => {
    const all = events();
    const tables = fold(projection, all);
    erase(projection, tables, erasure);
    expect(shown(tables)).toEqual(shown(fold(projection, all.map(eraserOf(erasure).event))));
    const text = JSON.stringify(shown(tables));
    expect(text.match(/b@example\.net/i)).toBeNull();
    if (erasure.kind === 'age') expect(text.match(/a@example\.org|pc\.example|An offer|invoice/)).toBeNull();
  });
});

test('views that hold people are those that can be rid of them', () => {
  const holders = projections.filter((projection) => {
    // What is due goes into the outbox instead of the view.
    const { due: _due, ...tables } = shown(fold(projection, events()));
    return /\b[ab]@example|invoice/.test(JSON.stringify(tables));
  });
  expect(holders.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['messages', 'policy-events', 'system-events']),
  );
  expect(holders.map(({ name }) => name).filter((name) => !withPersonal.some((each) => each.name === name))).toEqual(
    [],
  );
});
