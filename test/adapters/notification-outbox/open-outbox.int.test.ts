import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutbox } from '../../../src/adapters/notification-outbox/open-outbox.ts';
import { OutboxUnusable } from '../../../src/adapters/notification-outbox/outbox-file.ts';
import { readDeliveries } from '../../../src/adapters/notification-outbox/read-deliveries.ts';
import type { Notification } from '../../../src/events/notification.ts';

let folder: string;
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-outbox-'));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'notifications', 'outbox.db');
const open = (sinceMs: number, endedMax = 1000) =>
  openOutbox({ file: file(), sinceMs, onProblem: (problem) => problems.push(problem), endedMax });
const notification: Notification = {
  ...{ id: 'e/notice-to-sender/a@example.org', kind: 'notice-to-sender', time: '2026-11-24T00:00:00.000Z' },
  ...{ since: '2026-11-24T00:00:00.000Z', source: '/s', subject: 'x', count: 1, values: { file: 'f' } },
};

test('an outbox keeps the time at which it was made, and two may use it', () => {
  const [one, other] = [open(1000), open(2000)];
  expect([one.sinceMs(), other.sinceMs()]).toEqual([1000, 1000]);
  expect(one.transact((transaction) => transaction.take('a', 1))).toBe(true);
  expect(other.transact((transaction) => transaction.take('a', 1))).toBe(false);
  one.close();
  other.close();
});

test('what fails in the middle leaves nothing', () => {
  const outbox = open(0);
  const work = () =>
    outbox.transact((transaction) => {
      transaction.take('a', 1);
      transaction.add({ notification, channel: 'mail', target: 't' }, 1);
      throw new Error('no');
    });
  expect(work).toThrow('no');
  expect(outbox.open()).toEqual([]);
  expect(outbox.transact((transaction) => transaction.take('a', 1))).toBe(true);
  outbox.close();
});

test('ids, which may hold addresses, are kept as digests; of what has ended the newest are kept', () => {
  const outbox = open(0, 3);
  outbox.transact((transaction) => {
    transaction.take(notification.id, 1);
    for (let n = 0; n < 10; n++) transaction.add({ notification, channel: 'snmp', target: `t${n}` }, n);
  });
  for (const { number } of outbox.open().slice(0, 8)) outbox.end(number, 'sent', 'ok', 99);
  const db = new DatabaseSync(file(), { readOnly: true });
  expect(JSON.stringify(db.prepare('SELECT hex(id) AS id FROM taken').all())).not.toContain('example');
  db.close();
  expect(readDeliveries(file(), 100).map(({ target, state }) => `${target} ${state}`)).toEqual([
    ...['t9 open', 't8 open', 't7 sent', 't6 sent', 't5 sent'],
  ]);
  outbox.close();
});

test('a damaged one is put aside and said, and the new one begins now: nothing is sent again', () => {
  open(1000).close();
  for (const name of readdirSync(join(folder, 'notifications'))) rmSync(join(folder, 'notifications', name));
  writeFileSync(file(), 'this is no database, and it is long enough to be read as one. '.repeat(100));
  const outbox = open(5000);
  expect(outbox.sinceMs()).toBe(5000);
  expect(problems).toEqual([
    expect.stringMatching(/was damaged and is kept as .*outbox\.db\.damaged-.*: what waited in it is not sent/),
  ]);
  outbox.close();
});

test('one of a newer program is left alone', () => {
  open(0).close();
  const db = new DatabaseSync(file());
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => open(0)).toThrow(OutboxUnusable);
  expect(() => open(0)).toThrow(/it has schema 99, this program knows 1/);
});

test('reading where there is none makes none', () => {
  expect(readDeliveries(file(), 10)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});
