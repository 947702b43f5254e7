import { expect, test } from 'vitest';
import { parseReceiverUrl, receiverLabel } from '../../../src/adapters/snmp/receiver-url.ts';

test.each([
  ['snmp://public@trap.example.org:1162', { version: '2c', name: 'public', host: 'trap.example.org', port: 1162 }],
  ['snmp://public@192.0.2.1', { version: '2c', name: 'public', host: '192.0.2.1', port: 162 }],
  [
    'snmp://p%40ss%2Fw%C3%B6rd@[2001:db8::1]:162?type=inform',
    { name: 'p@ss/wörd', host: '2001:db8::1', type: 'inform' },
  ],
  ['snmpv3://gateway@trap.example.org?type=trap', { version: '3', name: 'gateway', type: 'trap' }],
  ['SNMPV3://gateway@trap.example.org/', { version: '3', host: 'trap.example.org', type: undefined }],
])('%s', (text, expected) => {
  expect(parseReceiverUrl(text)).toMatchObject(expected);
});

test.each([
  'trap.example.org:162',
  'snmp://trap.example.org',
  'snmp://@trap.example.org',
  'snmp://public@',
  'snmp://public@trap.example.org:',
  'snmp://public@trap.example.org:0',
  'snmp://public@trap.example.org:70000',
  'snmp://public@trap.example.org?type=get',
  'snmp://public@trap.example.org?type=trap&x=1',
  'snmp://public@trap.example.org/path',
  'snmp://pub%zz@trap.example.org',
  'snmp://pub%0alic@trap.example.org',
  `snmp://${'x'.repeat(33)}@trap.example.org`,
  'https://public@trap.example.org',
])('%s is none', (text) => {
  expect(parseReceiverUrl(text)).toBeUndefined();
});

test('a community is in no label, a user is', () => {
  const label = (text: string) => receiverLabel(parseReceiverUrl(text) ?? expect.fail());
  expect(label('snmp://secret@[2001:db8::1]:162')).toBe('snmp://[2001:db8::1]:162');
  expect(label('snmpv3://gw@trap.example.org')).toBe('snmpv3://gw@trap.example.org:162');
});
