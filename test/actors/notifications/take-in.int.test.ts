import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMax, releaseDigests } from '../../../src/actors/notifications/take-in.ts';
import { hourMs, OutboxLab, policyOf } from './outbox-fixture.ts';

let lab: OutboxLab;
beforeEach(() => {
  lab = new OutboxLab();
});
afterEach(() => lab.close());

const malware = (id: string) => lab.due(id, 'malware');
const release = () => releaseDigests(lab.outbox, policyOf(), lab.clock.now());
const digests = () => lab.outbox.open().map(({ notification: { id, count } }) => `${id} x${count}`);

describe('what is due', () => {
  test('becomes one delivery for each target of each channel', () => {
    lab.takeIn([lab.due('a')], policyOf({ mail: ['x@example.org', 'y@example.org'], snmp: ['r1'] }));
    expect(lab.waiting()).toEqual(['a mail x@example.org', 'a mail y@example.org', 'a snmp r1']);
  });

  test('is taken once, whatever is folded again, also after a restart', () => {
    lab.takeIn([lab.due('a'), lab.due('b'), lab.due('a')]);
    lab.reopen();
    lab.takeIn([lab.due('b'), lab.due('a')]);
    expect(lab.waiting()).toHaveLength(2);
    for (const { number } of lab.outbox.open()) lab.outbox.end(number, 'sent', '250', lab.clock.now());
    lab.takeIn([lab.due('a'), lab.due('b')]);
    expect(lab.waiting()).toEqual([]);
  });

  test('goes by the channels that are on for its kind; what is off is not told later', () => {
    const onlySnmp = {
      ...policyOf({ mail: ['x@example.org'], snmp: ['r1'] }),
      isOn: (_: unknown, channel: string) => channel === 'snmp',
    };
    const off = { ...onlySnmp, isOn: () => false };
    lab.takeIn([lab.due('a')], off);
    lab.takeIn([lab.due('a'), lab.due('b')], onlySnmp);
    expect(lab.waiting()).toEqual(['b snmp r1']);
  });

  test('what the virus rule asks for goes to administrators by mail whatever its switch, and to people that it names', () => {
    const off = { ...policyOf({ mail: ['x@example.org'], snmp: ['r1'] }), isOn: () => false };
    lab.takeIn(
      [lab.due('a', 'malware', {}, { asked: true }), lab.due('b', 'notice-to-sender', { to: ['s@example.net'] })],
      off,
    );
    expect(lab.waiting()).toEqual(['a mail x@example.org', 'b mail s@example.net']);
    lab.takeIn([lab.due('c', 'notice-to-sender', { to: ['t@example.net'] })], policyOf({ snmp: ['r1'] }));
    expect(lab.waiting()).toHaveLength(2);
  });

  test('what happened before notifications were switched on is never told, nor what is older than the setting', async () => {
    const before = new Date(lab.clock.now() - 1).toISOString();
    lab.takeIn([lab.due('a', 'failover', { time: before })]);
    expect(lab.waiting()).toEqual([]);
    const late = lab.due('b');
    await lab.advance(24 * hourMs + 1);
    lab.takeIn([late]);
    expect(lab.waiting()).toEqual([]);
    lab.takeIn([lab.due('c')]);
    expect(lab.waiting()).toEqual(['c mail admin@example.org']);
  });

  test('a deferred message is told from the hours of the setting on, once', () => {
    const deferred = (hours: number) => lab.due('m', 'mail-deferred', {}, { lastedMs: hours * hourMs });
    lab.takeIn([deferred(1), deferred(3.9)]);
    expect(lab.waiting()).toEqual([]);
    lab.takeIn([deferred(4), deferred(5)]);
    lab.takeIn([deferred(6)]);
    expect(lab.waiting()).toEqual(['m mail admin@example.org']);
  });

  test('more than the outbox holds is given up at once, and says so', () => {
    lab.takeIn(Array.from({ length: openMax + 2 }, (_, n) => lab.due(`${n}`)));
    const refused = lab.outbox.open().filter(({ refusal }) => refusal !== undefined);
    expect(refused.map(({ notification, refusal }) => `${notification.id}: ${refusal}`)).toEqual([
      `${openMax}: ${openMax} notifications wait already`,
      `${openMax + 1}: ${openMax} notifications wait already`,
    ]);
  });
});

describe('repeats of a kind that comes with messages', () => {
  test('the first is sent, the others in one digest at the end of the time, with how many and since when', async () => {
    const began = new Date(lab.clock.now() + 1000).toISOString();
    lab.takeIn([malware('a')]);
    await lab.advance(1000);
    lab.takeIn([malware('b')]);
    await lab.advance(1000);
    lab.takeIn([malware('c'), malware('c')]);
    expect(digests()).toEqual(['a x1']);
    await lab.advance(297_999);
    release();
    expect(digests()).toEqual(['a x1']);
    await lab.advance(1);
    release();
    expect(digests()).toEqual(['a x1', 'c x2']);
    expect(lab.outbox.open().at(-1)?.notification.since).toBe(began);
  });

  test('while they go on there is one for each time; after a quiet time the next is sent at once', async () => {
    for (let second = 0; second < 900; second += 10) {
      lab.takeIn([malware(`${second}`)]);
      await lab.advance(10_000);
      release();
    }
    expect(digests()).toEqual(['0 x1', '290 x29', '590 x30', '890 x30']);
    await lab.advance(300_000);
    release();
    lab.takeIn([malware('later')]);
    expect(digests().slice(4)).toEqual(['later x1']);
  });

  test('each gateway, each kind and each person named by the rule has a time of its own', () => {
    const mx2 = { source: '/sekisho/gateway/mx2' };
    const notice = (id: string, to: string) => lab.due(id, 'notice-to-recipient', { to: [to] });
    lab.takeIn([
      malware('a'),
      lab.due('b', 'malware', mx2),
      lab.due('c', 'unscannable'),
      notice('d', 'x@e.org'),
      notice('e', 'y@e.org'),
      notice('f', 'x@e.org'),
      malware('g'),
    ]);
    expect(digests()).toEqual(['a x1', 'b x1', 'c x1', 'd x1', 'e x1']);
  });

  test('a crash keeps what was counted; a digest that is late is sent when the program is back', async () => {
    lab.takeIn([malware('a'), malware('b'), malware('c')]);
    lab.reopen();
    await lab.advance(hourMs);
    release();
    release();
    expect(digests()).toEqual(['a x1', 'c x2']);
  });

  test('a clock that is set back a day does not hold a digest for a day', async () => {
    await lab.advance(24 * hourMs);
    lab.takeIn([malware('a'), malware('b')]);
    releaseDigests(lab.outbox, policyOf(), lab.clock.now() - 24 * hourMs);
    expect(digests()).toEqual(['a x1', 'b x1']);
  });

  test('what is told once in an outage is never counted', () => {
    lab.takeIn([
      lab.due('a', 'server-unavailable'),
      lab.due('b', 'server-recovered'),
      lab.due('c', 'server-unavailable'),
    ]);
    expect(digests()).toEqual(['a x1', 'b x1', 'c x1']);
  });
});

test('an outbox that remembers little forgets only what is too old to be told again', async () => {
  lab.close();
  lab = new OutboxLab({ takenMax: 50 });
  const all = [];
  for (let n = 0; n < 150; n++) {
    all.push(lab.due(`${n}`, 'update-succeeded'));
    await lab.advance(1000);
  }
  for (const due of all) lab.takeIn([due]);
  for (const { number } of lab.outbox.open()) lab.outbox.end(number, 'sent', '', lab.clock.now());
  lab.takeIn(all);
  expect(lab.waiting()).toEqual([]);
  lab.takeIn([lab.due('new')]);
  expect(lab.waiting()).toHaveLength(1);
});
