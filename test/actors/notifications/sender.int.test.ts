import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NotificationFailure } from '../../../src/actors/ports/notifications.ts';
import { readDeliveries } from '../../../src/adapters/notification-outbox/read-deliveries.ts';
import { hourMs, OutboxLab, ScriptedChannel } from './outbox-fixture.ts';

let lab: OutboxLab;
let mail: ScriptedChannel;
beforeEach(() => {
  lab = new OutboxLab();
  mail = new ScriptedChannel('mail', ['admin@example.org']);
});
afterEach(() => {
  expect(lab.problems).toEqual([]);
  lab.close();
});

const refuse = (kind: 'temporary' | 'permanent') => () =>
  Promise.reject(new NotificationFailure(kind, `${kind} trouble`));
const records = () => readDeliveries(lab.file, 100).map(({ state, attempts, said }) => ({ state, attempts, said }));

describe('sending', () => {
  test('each delivery once, and the log and the outbox say what became of it', async () => {
    lab.takeIn([lab.due('a'), lab.due('b', 'server-unavailable')]);
    const sender = lab.start([mail]);
    await lab.advance(10_000);
    expect(mail.told()).toEqual(['a admin@example.org', 'b admin@example.org']);
    expect(lab.told().filter((line) => line.startsWith('sent'))).toHaveLength(2);
    expect(lab.events.at(-1)?.data).toMatchObject({
      kind: 'server-unavailable',
      about: 'about server-unavailable',
      attempts: 1,
      outcome: '250 ok',
    });
    expect(records()).toEqual(Array(2).fill({ state: 'sent', attempts: 1, said: '250 ok' }));
    await sender.stop();
  });

  test('what comes while it runs is sent, also when another process took it in', async () => {
    const sender = lab.start([mail]);
    await lab.advance(100);
    lab.takeIn([lab.due('a')]);
    await lab.advance(1000);
    expect(mail.told()).toEqual(['a admin@example.org']);
    await sender.stop();
  });

  test('a relay that is away for an hour: tried with growing waits, sent once when it is back', async () => {
    mail.answer = refuse('temporary');
    lab.takeIn([lab.due('a')]);
    const sender = lab.start([mail]);
    await lab.advance(hourMs);
    expect(mail.orders.length).toBeGreaterThan(8);
    expect(mail.orders.length).toBeLessThan(13);
    mail.answer = async () => '250 ok';
    await lab.advance(900_000);
    expect(records()).toMatchObject([{ state: 'sent', said: '250 ok' }]);
    expect(mail.orders.map(({ attempt }) => attempt)).toEqual(mail.orders.map((_, index) => index + 1));
    expect(lab.told().filter((line) => line.startsWith('sent'))).toHaveLength(1);
    await sender.stop();
  });

  test('what is refused for good, and what nobody takes for as long as is set, is given up and said', async () => {
    mail.answer = ({ notification }) => refuse(notification.id === 'a' ? 'permanent' : 'temporary')();
    lab.takeIn([lab.due('a'), lab.due('b', 'malware')]);
    const times = { retryMs: 10_000, retryMsMax: 900_000, giveUpMs: hourMs, sendMs: 60_000 };
    const sender = lab.start([mail], { times });
    await lab.advance(1.5 * hourMs);
    expect(records()).toMatchObject([
      { state: 'given-up', said: 'temporary trouble' },
      { state: 'given-up', attempts: 1, said: 'permanent trouble' },
    ]);
    expect(lab.events.filter(({ severitytext }) => severitytext === 'ERROR')).toHaveLength(2);
    await sender.stop();
  });

  test('of one server the recovery waits for its outage; another server does not', async () => {
    let fail = true;
    mail.answer = (order) => (fail ? refuse('temporary')() : Promise.resolve(`250 ${order.notification.id}`));
    const about = (subject: string) => ({ subject });
    lab.takeIn([
      lab.due('out', 'server-unavailable', about('s1')),
      lab.due('back', 'server-recovered', about('s1')),
      lab.due('other', 'server-unavailable', about('s2')),
    ]);
    const sender = lab.start([mail]);
    await lab.advance(5000);
    expect(mail.told()).toEqual(['out admin@example.org', 'other admin@example.org']);
    fail = false;
    await lab.advance(60_000);
    expect(mail.told().slice(2).sort()).toEqual([
      'back admin@example.org',
      'other admin@example.org',
      'out admin@example.org',
    ]);
    expect(mail.told().indexOf('back admin@example.org')).toBeGreaterThan(
      mail.told().lastIndexOf('out admin@example.org'),
    );
    await sender.stop();
  });

  test('a channel that is down does not hold up another, and no more than four attempts of one are under way', async () => {
    const snmp = new ScriptedChannel('snmp', ['r1']);
    let [underWay, most] = [0, 0];
    mail.answer = (_order, signal) =>
      new Promise((_, reject) => {
        most = Math.max(most, ++underWay);
        signal.addEventListener('abort', () => {
          underWay--;
          reject(new NotificationFailure('temporary', 'aborted'));
        });
      });
    lab.takeIn(
      Array.from({ length: 20 }, (_, n) => lab.due(`${n}`, 'failover', { subject: `${n}` })),
      lab.policy({ mail: ['admin@example.org'], snmp: ['r1'] }),
    );
    const sender = lab.start([mail, snmp]);
    await lab.advance(1000);
    expect(snmp.orders).toHaveLength(20);
    expect(most).toBe(4);
    const stopped = sender.stop();
    await lab.advance(5000);
    await stopped;
    expect(underWay).toBe(0);
  });

  test('targets and channels that the settings do not name any more are given up', async () => {
    lab.takeIn([lab.due('a')], lab.policy({ mail: ['gone@example.org'], snmp: ['r1'] }));
    const sender = lab.start([mail]);
    await lab.advance(2000);
    expect(mail.orders).toEqual([]);
    expect(records().map(({ said }) => said)).toEqual(Array(2).fill('the settings do not name its target any more'));
    await sender.stop();
  });

  test('digests go out by themselves', async () => {
    lab.takeIn(['a', 'b', 'c'].map((id) => lab.due(id, 'malware')));
    const sender = lab.start([mail]);
    await lab.advance(299_000);
    expect(mail.told()).toEqual(['a admin@example.org']);
    await lab.advance(3000);
    expect(mail.orders.map(({ notification }) => notification.count)).toEqual([1, 2]);
    await sender.stop();
  });
});

describe('over the end of a program', () => {
  test('what waits is kept and said so; the next program goes on with it', async () => {
    mail.answer = refuse('temporary');
    lab.takeIn([lab.due('a')]);
    const first = lab.start([mail]);
    await lab.advance(30_000);
    await first.stop();
    expect(lab.told().at(-1)).toBe('kept mail admin@example.org');
    const before = mail.orders.length;
    mail.answer = async () => '250 ok';
    lab.reopen();
    const second = lab.start([mail]);
    await lab.advance(1000);
    expect(mail.orders.at(-1)?.attempt).toBe(before + 1);
    expect(records()).toMatchObject([{ state: 'sent' }]);
    await second.stop();
  });

  test('what is sent when the program ends may end first, and is not sent again', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    mail.answer = () => promise;
    lab.takeIn([lab.due('a')]);
    const sender = lab.start([mail]);
    await lab.advance(10);
    const stopped = sender.stop();
    resolve('250 late');
    await stopped;
    expect(records()).toEqual([{ state: 'sent', attempts: 1, said: '250 late' }]);
  });

  test('what it told, and with it what came with a mail, is gone from the disk once it has ended', async () => {
    lab.takeIn([lab.due('a', 'malware', { values: { file: 'secret.exe' } })]);
    const sender = lab.start([mail]);
    await lab.advance(1000);
    await sender.stop();
    expect(readDeliveries(lab.file, 1)[0]?.notification.values).toEqual({});
  });
});

test('a disk that is full when a mail was sent: it is told, and the mail is not sent again', async () => {
  lab.takeIn([lab.due('a')]);
  const end = lab.outbox.end.bind(lab.outbox);
  let isFull = true;
  lab.outbox.end = (...args) => {
    if (isFull) throw new Error('disk full');
    end(...args);
  };
  const sender = lab.start([mail]);
  await lab.advance(10_000);
  expect(lab.problems.splice(0)).toEqual(['the outbox of notifications cannot be used: Error: disk full']);
  isFull = false;
  await lab.advance(10_000);
  expect(mail.orders).toHaveLength(1);
  expect(records()).toMatchObject([{ state: 'sent' }]);
  await sender.stop();
});
