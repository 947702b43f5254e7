import { describe, expect, test } from 'vitest';
import { auditedSettings } from '../../../src/adapters/settings/audited-settings.ts';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';

const read = (text: string) => readSettings({ file: { path: '/etc/imss.ini', text }, environment: {}, cwd: '/srv' });
function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}
const mhr = '[service.cymru]\nkind = mhr\n';
const vt = '[service.vt]\nkind = virustotal\nkey_file = vt.key\n';

describe('services', () => {
  test('are those that [smart_scan] names, in its order, with the values of the tables', () => {
    const { services } = read(
      `[smart_scan]\nservices = vt, cymru\n${mhr}role = required\nzone = MHR.example\nresolvers = 192.0.2.53, [2001:db8::1]:5353, 2001:db8::2\n${vt}`,
    );
    expect(services).toMatchObject([
      { name: 'vt', kind: 'virustotal', role: 'advisory', key_file: '/etc/vt.key', malicious_min: 3 },
      {
        ...{ name: 'cymru', kind: 'mhr', role: 'required', zone: 'mhr.example' },
        resolvers: ['192.0.2.53:53', '[2001:db8::1]:5353', '[2001:db8::2]:53'],
      },
    ]);
    expect(read('').services).toEqual([]);
  });

  test('one that is not named is told, and not used', () => {
    const { services, warnings } = read(mhr);
    expect(services).toEqual([]);
    expect(warnings).toEqual(['/etc/imss.ini:1: [service.cymru] is not used: [smart_scan] services does not name it']);
  });

  test('a required one with a quota is told', () => {
    const warned = (more: string) => read(`[smart_scan]\nservices = vt\n${vt}role = required\n${more}`).warnings.length;
    expect(warned('')).toBe(1);
    expect(warned('requests_per_minute_max = 0\nrequests_per_day_max = 0\n')).toBe(0);
  });

  test.each([
    ['[smart_scan]\nservices = gone\n', 'there is no section [service.gone]'],
    ['[smart_scan]\nservices = a:1\n', 'each the NAME of a section'],
    ['[service.x]\nrole = required\n', '[service.x] has no kind'],
    ['[service.x]\nkind = clamav\n', 'must be empty or one of'],
    ['[service.x]\nkind = virustotal\n', 'this service needs a key_file'],
    ['[service.x]\nkind = hbl\n', 'this service needs a key_file'],
    ['[service.cache]\nkind = mhr\n', 'has a name that stands for something else'],
    ['[service.Big]\nkind = mhr\n', 'must be named with'],
    [`${mhr}resolvers = dns.example.org\n`, 'an IP address with or without port'],
    [`${mhr}zone = a..b\n`, 'the name of a DNS zone'],
    [`${vt}url = http://example.org\n`, 'https://host:port'],
    [`${vt}url = https://user:secret@example.org\n`, 'must not hold a user name or password'],
    [`${mhr}rol = required\n`, 'did you mean role?'],
  ])('%j: %s', (text, problem) => {
    expect(problems(text).join('\n')).toContain(problem);
  });

  test('stand in the audit trail; the key is in a file, whose name is all that stands there', () => {
    const set = auditedSettings(read(`[smart_scan]\nservices = vt\n${vt}`), () => '');
    expect(set.filter(({ section }) => section === 'service.vt')).toMatchObject([
      { key: 'kind', value: 'virustotal' },
      { key: 'key_file', value: 'vt.key' },
    ]);
  });
});
