import { expect, test } from 'vitest';
import { shownText } from '../../../src/adapters/settings/origin.ts';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';

const read = (lines: string) =>
  readSettings({ file: { path: '/etc/imss.ini', text: `[notify]\n${lines}\n` }, environment: {}, cwd: '/' });
function problemsOf(lines: string): readonly string[] {
  try {
    read(lines);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test('several receivers, of both versions', () => {
  const { notify } = read(
    'snmp_receivers = snmp://public@192.0.2.1, snmpv3://gw@trap.example.org:1162?type=inform\n' +
      'snmp_auth_key_file = keys/auth\nsnmp_priv_key_file = keys/priv',
  );
  expect(notify.snmp_receivers).toMatchObject([
    { version: '2c', name: 'public', host: '192.0.2.1', port: 162, type: undefined },
    { version: '3', name: 'gw', host: 'trap.example.org', port: 1162, type: 'inform' },
  ]);
  expect(notify.snmp_auth_key_file).toBe('/etc/keys/auth');
  expect(notify.snmp_type).toBe('trap');
});

test.each([
  ['snmp_receivers = snmp://secret@192.0.2.1?type=get', 'must be'],
  ['snmp_receivers = snmp://sec/ret@192.0.2.1', 'must be'],
  ['snmp_receivers = snmp://secret@192.0.2.1, snmp://secret2@192.0.2.1:162', 'names snmp://192.0.2.1:162 twice'],
  ['snmp_receivers = snmp://se@cret@192.0.2.1, snmp://secret@x', 'must be'],
])('%s is refused, and no community is told', (line, message) => {
  const problems = problemsOf(line);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(message);
  expect(problems[0]).not.toMatch(/sec|cret/);
});

test('SNMPv3 without keys is refused', () => {
  expect(problemsOf('snmp_receivers = snmpv3://gw@192.0.2.1\nsnmp_auth_key_file = a')).toEqual([
    expect.stringContaining('SNMPv3 needs snmp_auth_key_file and snmp_priv_key_file'),
  ]);
});

test('check-config shows receivers without communities', () => {
  expect(shownText('snmp://public@192.0.2.1, snmp://a%40b@[2001:db8::1]:162?type=inform')).toBe(
    'snmp://***@192.0.2.1, snmp://***@[2001:db8::1]:162?type=inform',
  );
});
