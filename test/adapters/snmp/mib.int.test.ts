import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  mibNotificationName,
  mibNotifications,
  mibObjects,
  notificationOid,
  objectOid,
} from '../../../src/adapters/snmp/mib.ts';
import { runSnmpTool, snmpMissing } from '../../support/snmptrapd.ts';
import { root } from '../../support/source-files.ts';

const missing = snmpMissing();
const kinds = Object.keys(mibNotifications) as (keyof typeof mibNotifications)[];
const objects = Object.keys(mibObjects) as (keyof typeof mibObjects)[];

describe.skipIf(missing)(`SEKISHO-MIB in tools of others ${missing ?? ''}`.trim(), () => {
  test('smilint has nothing to say of it, at its strictest', () => {
    expect(runSnmpTool('smilint', '-s', '-l', '6', join(root, 'mibs/SEKISHO-MIB.txt'))).toBe('');
  });

  test('snmptranslate knows every notification and every object by number', () => {
    const oids = [...kinds.map(notificationOid), ...objects.map(objectOid)];
    const names = runSnmpTool('snmptranslate', '-m', 'SEKISHO-MIB', '-OS', ...oids.map((oid) => `.${oid}`));
    const expected = [...kinds.map(mibNotificationName), ...objects.map((name) => `${name}.0`)];
    expect(names.split('\n').filter((line) => line !== '')).toEqual(expected.map((name) => `SEKISHO-MIB::${name}`));
  });
});
