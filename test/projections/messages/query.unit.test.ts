import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { isWanted } from '../../../src/events/wanted.ts';
import { messages } from '../../../src/projections/messages/messages.ts';
import { findMessages, queryMessages } from '../../../src/projections/messages/query.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';
import { answered, asking, deferred, hash, scanBegun, viewOf } from './scans.ts';

const make = eventsOf();
const guid = (number: number) => `0F3C1D2E-0000-4000-8000-${String(number).padStart(12, '0')}`;
const at = (seconds: number) => ({ receivedMs: 1_800_000_000_000 + seconds * 1000 });

/** A scan from its beginning to its end. */
function scan(number: number, changes: Record<string, unknown>, end: (make_: typeof make, id: string) => Envelope[]) {
  return [...asking(make, scanBegun(guid(number), { ...at(number), ...changes })), ...end(make, guid(number))];
}

function viewFrom(...scans: Envelope[][]) {
  return viewOf(
    foldAll(
      messages,
      scans.flat().filter((event) => isWanted(messages, event)),
    ),
  );
}

const numbers = (found: Iterable<{ tries: readonly { guid: string }[] }>) =>
  [...found].map(({ tries }) => tries.map((each) => Number(each.guid.slice(-12))));

const everything = { limit: 100 };

describe('tries of one message', () => {
  test('deferred twice, then delivered: one message, from when to when, how often', () => {
    const queued = { queueId: '4Q' };
    const view = viewFrom(scan(1, queued, deferred), scan(2, queued, deferred), scan(3, queued, answered));
    const [message, ...more] = queryMessages(view, everything);
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      deferrals: 2,
      since: '2027-01-15T08:00:01.000Z',
      last: { guid: guid(3), outcome: 'delivered' },
      tries: [{ outcome: 'deferred', failures: [{ server: 'sps:443', kind: 'timeout' }] }, { outcome: 'deferred' }, {}],
    });
    expect(message?.until).toBe(message?.last.end?.time);
  });

  test('of a hash that only services were asked about: which of them did not answer', () => {
    const found = { toAsk: [], toAskServices: [hash] };
    const view = viewFrom([...asking(make, scanBegun(guid(1)), found), ...deferred(make, guid(1), 'cymru')]);
    const [message] = queryMessages(view, everything);
    expect(message?.last).toMatchObject({ asked: [hash], failures: [{ server: 'cymru', kind: 'timeout' }] });
  });

  test.each([
    [
      'the queue id, with fewer recipients left',
      { queueId: '4Q', recipients: ['b@x', 'c@x'] },
      { queueId: '4Q', recipients: ['c@x'] },
    ],
    ['the queue id, without a Message-ID', { queueId: '4Q', messageId: null }, { queueId: '4Q', messageId: null }],
    ['recipients in another order and case', { recipients: ['b@x', 'C@x'] }, { recipients: ['c@X', 'B@x'] }],
    ['another queue id, the same envelope', { queueId: '4Q' }, { queueId: '4R' }],
  ])('joined by %s', (_, first, second) => {
    const view = viewFrom(scan(1, first, deferred), scan(2, second, answered));
    expect(numbers(queryMessages(view, everything))).toEqual([[1, 2]]);
  });

  test('joined by others between them', () => {
    const view = viewFrom(
      scan(1, { queueId: '4Q', recipients: ['b@x'] }, deferred),
      scan(2, { queueId: '4Q', recipients: ['c@x'] }, deferred),
      scan(3, { queueId: '4R', recipients: ['c@x'] }, answered),
    );
    expect(numbers(findMessages(view, guid(1), everything))).toEqual([[1, 2, 3]]);
    expect(numbers(queryMessages(view, everything))).toEqual([[1, 2, 3]]);
  });

  test.each([
    ['other recipients', { recipients: ['c@x'] }],
    ['another sender', { mailFrom: 'z@example.org' }],
    ['another Message-ID', { messageId: 'm2@example.org' }],
    ['a queue id that was used again', { queueId: '4Q', messageId: 'm2@example.org' }],
    ['no names at all', { messageId: null }],
  ])('not joined: %s', (_, second) => {
    const view = viewFrom(scan(1, { queueId: '4Q' }, deferred), scan(2, second, answered));
    expect(numbers(queryMessages(view, everything))).toEqual([[2], [1]]);
  });
});

describe('a message is found by', () => {
  const view = viewFrom(
    scan(1, { messageId: 'Case@example.org', queueId: '4VwX3y2sQmz1', mailFrom: 'Boss@Example.org' }, answered),
    scan(
      2,
      { messageId: 'other@example.org', mailFrom: '', recipients: ['boss@example.org', '"odd name"@x'] },
      answered,
    ),
    scan(3, { messageId: null, queueId: '0F3C1D2E00', recipients: ['bo@example.org'], mailFrom: '' }, answered),
  );

  test.each([
    ['Case@example.org', [[1]]],
    [' <Case@example.org> ', [[1]]],
    ['4VwX3y2sQmz1', [[1]]],
    [guid(2), [[2]]],
    [guid(2).toLowerCase(), [[2]]],
    ['0f3c1d2e-0000', [[3], [2], [1]]],
    ['0F3C1D2E00', [[3]]],
    ['boss@example.org', [[2], [1]]],
    ['<BOSS@EXAMPLE.ORG>', [[2], [1]]],
    ['"odd name"@x', [[2]]],
    ['<>', [[3], [2]]],
  ])('%s', (name, expected) => {
    expect(numbers(findMessages(view, name, everything))).toEqual(expected);
  });

  test.each(['case@example.org', '4vwx3y2sqmz1', '0F3C', 'oss@example.org', 'nobody', '%', "' OR 1=1 --", '\n'])(
    'nothing is found by %j',
    (name) => {
      expect(numbers(findMessages(view, name, everything))).toEqual([]);
    },
  );

  test('a Message-ID that was too long for the log', () => {
    const long = `${'m'.repeat(400)}@x`;
    const cut = viewFrom(scan(1, { messageId: long.slice(0, 250) }, answered));
    expect(numbers(findMessages(cut, long, everything))).toEqual([[1]]);
  });

  test('bounds of time and number hold for all of them', () => {
    const since = { sinceMs: at(2).receivedMs, limit: 100 };
    const until = { untilMs: at(2).receivedMs, limit: 100 };
    expect(numbers(findMessages(view, 'boss@example.org', since))).toEqual([[2]]);
    expect(numbers(findMessages(view, 'boss@example.org', until))).toEqual([[1]]);
    expect(numbers(findMessages(view, '0f3c1d2e-0000', until))).toEqual([[1]]);
    expect(numbers(findMessages(view, 'Case@example.org', since))).toEqual([]);
    expect(numbers(findMessages(view, 'boss@example.org', { limit: 1 }))).toEqual([[2]]);
    expect(numbers(findMessages(view, 'boss@example.org', { limit: 0 }))).toEqual([]);
  });
});

describe('the log of message tracking', () => {
  const view = viewFrom(
    scan(1, { messageId: 'a@x', subject: '請求書' }, deferred),
    scan(2, { messageId: 'b@x', subject: 'lunch' }, answered),
    scan(3, { messageId: 'a@x', subject: '請求書' }, answered),
    scan(4, { messageId: 'c@x' }, (_make, id) => deferred(make, id, 'other.example:443')),
  );

  test.each([
    ['all, newest first, each once', {}, [[4], [1, 3], [2]]],
    ['a limit', { limit: 2 }, [[4], [1, 3]]],
    ['since', { sinceMs: at(4).receivedMs }, [[4]]],
    ['until: with the tries that came later', { untilMs: at(2).receivedMs }, [[1, 3]]],
    ['a Message-ID', { messageId: 'b@x' }, [[2]]],
    ['a text in the subject', { text: '*求*' }, [[1, 3]]],
    ['a name of malware', { text: 'test.malware' }, [[1, 3], [2]]],
    ['a hash', { text: hash }, [[4], [1, 3], [2]]],
    ['a reply', { text: '451 Email*' }, [[4], [1, 3]]],
    ['a server that answered', { server: 'sps' }, [[1, 3], [2]]],
    ['a server that did not', { server: 'other.example:443' }, [[4]]],
    ['a text in one of the tries only', { text: 'delivered*' }, [[1, 3], [2]]],
    ['a text in the first try only', { text: 'timeout' }, [[4], [1, 3]]],
    ['nothing that fits', { text: 'lunch', server: 'other.example' }, []],
  ])('%s', (_, query, expected) => {
    expect(numbers(queryMessages(view, { limit: 100, ...query }))).toEqual(expected);
  });
});

test.each([
  [{ action: 'pass' }, 250, 'delivered'],
  [{ action: 'quarantine' }, 250, 'quarantined'],
  [{ action: 'delete_message' }, 250, 'deleted'],
  [{ action: 'reject' }, 550, 'rejected'],
  [{ action: 'quarantine' }, 451, 'deferred'],
])('%j and %i: %s', (verdict, code, outcome) => {
  const view = viewFrom(
    scan(1, {}, (_make, id) => {
      const events = answered(make, id, verdict);
      return [
        ...events.slice(0, -1),
        make('scan.answered', `scan/${id}`, { state: 'Answered', reply: { code, text: '' } }),
      ];
    }),
    scan(2, { messageId: 'goes on' }, () => []),
  );
  const found = [...queryMessages(view, everything)];
  expect(found.map(({ last }) => last.outcome)).toEqual(['unfinished', outcome]);
});
