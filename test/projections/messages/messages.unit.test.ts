import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { isWanted } from '../../../src/events/wanted.ts';
import { messages } from '../../../src/projections/messages/messages.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../../support/recorded-histories.ts';
import { answered, asking, deferred, hash, malware, scanBegun } from './scans.ts';

const guid = '0F3C1D2E-0000-4000-8000-000000000001';

function folded(events: readonly Envelope[]) {
  return foldAll(
    messages,
    events.filter((event) => isWanted(messages, event)),
  );
}

describe('a scan', () => {
  const make = eventsOf();
  const tables = folded([...asking(make, scanBegun(guid, { queueId: '4Q' })), ...answered(make, guid)]);

  test('what came in: envelope, names, files with their hashes, what has to be asked', () => {
    expect(tables.arrivals?.get(guid)).toEqual({
      ...{ guid, source: '/sekisho/gateway/mx.example', time: '2027-01-15T08:00:00.000Z' },
      unpacked: '2027-01-15T08:00:01.000Z',
      ...{ client: '192.0.2.1', clientName: 'mx.example.org', helo: 'mx', queueId: '4Q', messageId: 'm1@example.org' },
      ...{ mailFrom: 'A@example.org', recipients: ['b@example.net'], recipientCount: 1, subject: 'invoice', size: 569 },
      files: [{ path: ['invoice.exe'], size: 74, sha256: [hash, 'b'.repeat(64)], place: 'attachment' }],
      ...{ fileCount: 1, asked: [hash], askedCount: 1 },
    });
  });

  test('what became of it: verdict, who answered, the next hop’s reply', () => {
    expect(tables.outcomes?.get(guid)).toEqual({
      guid,
      verdict: {
        ...{ time: '2027-01-15T08:00:04.000Z', verdict: 'malware', method: 'smart', action: 'delete_attachment' },
        ...{ malware: [malware], malwareCount: 1, unscannable: [], unscannableCount: 0 },
        ...{ servers: ['sps:443'], patternVersion: '7', components: { agent: '1' } },
      },
      end: { time: '2027-01-15T08:00:06.000Z', reply: { code: 250, text: '2.0.0 Ok: queued as 4X' } },
    });
  });

  test('its addresses, in lower case, sender and recipients', () => {
    expect([...(tables.addresses?.keys() ?? [])]).toEqual(
      ['a@example.org', 'b@example.net'].map((address) => `${address}\n2027-01-15T08:00:00.000Z\n${guid}`),
    );
  });
});

test('a deferred scan has the reply of the specification, the kind of failure, and the server that failed', () => {
  const make = eventsOf();
  const tables = folded([...asking(make, scanBegun(guid)), ...deferred(make, guid)]);
  expect(tables.outcomes?.get(guid)).toMatchObject({
    end: { reply: { code: 451, text: 'Email rejected for a scanning error.' }, failure: 'timeout' },
  });
  expect([...(tables.failures?.values() ?? [])]).toMatchObject([{ guid, server: 'sps:443', kind: 'timeout' }]);
});

test('a scan that was deferred while it was unpacked is found by its names, too', () => {
  const make = eventsOf();
  const first = { state: 'Deferred', input: scanBegun(guid), trigger: { type: 'xstate.after.messageTime.scan' } };
  const tables = folded([make('scan.deferred', `scan/${guid}`, { ...first, reply: null, failure: null })]);
  expect(tables.arrivals?.get(guid)).toMatchObject({ messageId: 'm1@example.org', files: [], fileCount: 0 });
  expect(tables.outcomes?.get(guid)).toMatchObject({ end: { reply: { code: 451 } } });
});

test('what a message lists is bounded; counts are whole', () => {
  const make = eventsOf();
  const [first, ...more] = asking(make, scanBegun(guid));
  const many = Array.from({ length: 60 }, (_, index) => `${index}`.padStart(64, '0'));
  const output = {
    files: many.map((sha256) => ({ path: ['f'], size: 1, sha256: [sha256], place: 'inline' })),
    ...{ fileCount: 200, toAsk: many },
  };
  const big = { ...(first as Envelope), data: { ...first?.data, trigger: { type: 'x', output } } };
  const hits = many.map((sha256) => ({ ...malware, sha256 }));
  const tables = folded([big, ...more, ...answered(make, guid, { malware: hits })]);
  const row = tables.arrivals?.get(guid) as { files: unknown[]; asked: unknown[] };
  expect([row.files.length, row.asked.length]).toEqual([50, 50]);
  expect(row).toMatchObject({ fileCount: 200, askedCount: 60 });
  expect(tables.outcomes?.get(guid)).toMatchObject({ verdict: { malwareCount: 60, malware: { length: 50 } } });
});

/** A generator of numbers in [0, 1) that gives the same ones each time. */
function* chances(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** The same events in another order, which keeps that of each aggregate. */
function shuffled(events: readonly Envelope[], seed: number): Envelope[] {
  const lives = [...Map.groupBy(events, ({ subject }) => subject).values()];
  const chance = chances(seed);
  const mixed: Envelope[] = [];
  while (lives.length > 0) {
    const index = Math.floor(chance.next().value * lives.length);
    const life = lives[index] as Envelope[];
    mixed.push(life.shift() as Envelope);
    if (life.length === 0) lives.splice(index, 1);
  }
  return mixed;
}

test('the view depends on the order within an aggregate only (invariant 5)', () => {
  const inOrder = (events: readonly Envelope[]) =>
    Object.entries(folded(events)).map(([table, rows]) => [table, [...rows].sort(([a], [b]) => (a < b ? -1 : 1))]);
  for (const history of recordedHistories()) {
    const events = eventsOfToday(history);
    const expected = JSON.stringify(inOrder(events));
    for (const seed of [1, 2, 3]) expect(JSON.stringify(inOrder(shuffled(events, seed))), history.name).toBe(expected);
  }
});

test('of the events of a message, few are read', () => {
  const make = eventsOf();
  const events = [...asking(make, scanBegun(guid)), ...answered(make, guid)];
  expect(events.filter((event) => isWanted(messages, event)).map(({ type }) => type)).toEqual([
    'sekisho.scan.agent-pattern.v1',
    'sekisho.scan.verdict.v1',
    'sekisho.scan.answered.v1',
  ]);
});
