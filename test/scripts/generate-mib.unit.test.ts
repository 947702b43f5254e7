import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mibText } from '../../scripts/generate-mib.ts';
import { mibNotifications, mibObjects } from '../../src/adapters/snmp/mib.ts';
import { kindFacts, notificationKinds } from '../../src/events/notification.ts';
import { root } from '../support/source-files.ts';

test('mibs/SEKISHO-MIB.txt is what npm run mib makes', () => {
  expect(readFileSync(join(root, 'mibs/SEKISHO-MIB.txt'), 'utf8')).toBe(mibText());
});

test('every kind for administrators is in it, and nothing else', () => {
  const kinds = Object.keys(notificationKinds) as (keyof typeof notificationKinds)[];
  const forAdministrators = kinds.filter((kind) => kindFacts(kind).personal !== true);
  expect(Object.keys(mibNotifications).sort()).toEqual(forAdministrators.sort());
});

test.each([
  ['notifications', mibNotifications],
  ['objects', mibObjects],
])('no number of %s is there twice', (_, table) => {
  const numbers = Object.values(table).map(({ number }: { number: number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
});
