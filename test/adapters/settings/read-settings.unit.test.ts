import { describe, expect, expectTypeOf, test } from 'vitest';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import type { Settings } from '../../../src/adapters/settings/settings.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';
import { keys, variableOf } from '../../../src/adapters/settings/tables.ts';

type Environment = Record<string, string | undefined>;

function read(text?: string, environment: Environment = {}): Settings {
  const file = text === undefined ? {} : { file: { path: '/etc/sekisho/imss.ini', text } };
  return readSettings({ ...file, environment, cwd: '/srv' });
}

function problems(text: string, environment: Environment = {}): readonly string[] {
  try {
    read(text, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('values', () => {
  test('without a file or environment everything has its default', () => {
    const settings = read();
    expect(settings.smtp.listen).toEqual([{ host: '127.0.0.1', port: 10_025 }]);
    expect(settings.smart_scan.query_timeout_ms).toBe(1500);
    expect(settings.smart_scan.fail_over).toBe(true);
    expect(settings.smart_protection).toEqual({ cache_threshold_count: 10, cache_seconds: 300 });
    expect(settings.virus_rule.malware_action).toBe('delete_attachment');
    expect(settings.file).toBeUndefined();
    expect(settings.given()).toEqual([]);
  });

  test('types come from the tables', () => {
    expectTypeOf<Settings['smart_scan']['query_timeout_ms']>().toEqualTypeOf<number>();
    expectTypeOf<Settings['smart_scan']['method']>().toEqualTypeOf<'smart' | 'conventional'>();
    expectTypeOf<Settings['smart_scan']['ca_file']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Settings['sps']['names']>().toEqualTypeOf<readonly string[]>();
  });

  test('some defaults follow other settings', () => {
    const settings = read('[state]\nfolder = data\n[smart_scan]\nservers = https://a, https://b');
    expect(settings.quarantine.folder).toBe('/etc/sekisho/data/quarantine');
    expect(settings.sps.folder).toBe('/etc/sekisho/data/sps');
    expect(settings.update.url).toBe('https://a');
  });

  test('relative paths start at the file; in the environment and in defaults at the working folder', () => {
    expect(read('[state]\nfolder = data').state.folder).toBe('/etc/sekisho/data');
    expect(read('', { SEKISHO_STATE_FOLDER: 'data' }).state.folder).toBe('/srv/data');
    expect(read('').state.folder).toBe('/srv/state');
  });

  test('the environment goes before the file, and each origin is known', () => {
    const settings = read('[smtp]\nclients_max = 300\n\nrecipients_max = 7', { SEKISHO_SMTP_CLIENTS_MAX: ' 400 ' });
    expect(settings.smtp.clients_max).toBe(400);
    expect(settings.origin('smtp', 'clients_max')).toEqual({
      from: 'environment',
      variable: 'SEKISHO_SMTP_CLIENTS_MAX',
    });
    expect(settings.origin('smtp', 'recipients_max')).toEqual({ from: 'file', file: '/etc/sekisho/imss.ini', line: 4 });
    expect(settings.origin('sps', 'folder')).toEqual({ from: 'default' });
    expect(settings.given().map(({ key, text }) => `${key}=${text}`)).toEqual(['clients_max=400', 'recipients_max=7']);
    expect(() => settings.origin('smtp', 'nothing' as 'listen')).toThrow(RangeError);
  });

  test('nothing in them can be changed', () => {
    const settings = read();
    expect(() => Object.assign(settings.smtp, { clients_max: 1 })).toThrow(TypeError);
    expect(() => Object.assign(settings.smart_scan.servers[0] ?? {}, { port: 1 })).toThrow(TypeError);
  });

  test('every key has a variable of its own that sets it', () => {
    const variables = [...keys.values()].map(variableOf);
    expect(new Set(variables).size).toBe(keys.size);
    for (const { type, ...name } of keys.values()) {
      expect(problems('', { [variableOf(name)]: '\u0001' })[0]).toMatch(new RegExp(`^${variableOf(name)}=`));
    }
  });
});

describe('problems', () => {
  test('D19: file, line, section, key, value and allowed range', () => {
    expect(problems('; mine\n[smart_scan]\nquery_timeout_ms = 50')).toEqual([
      '/etc/sekisho/imss.ini:3: [smart_scan] query_timeout_ms = 50: must be an integer from 100 to 60000',
    ]);
    expect(problems('[smart_protection]\ncache_threshold_count = many')).toEqual([
      '/etc/sekisho/imss.ini:2: [smart_protection] cache_threshold_count = many: must be an integer from 1 to 1000',
    ]);
  });

  test.each([
    ['99', 1],
    ['100', 0],
    ['5000', 0],
    ['60001', 1],
  ])('D19: query_timeout_ms = %s', (value, count) => {
    expect(problems(`[smart_scan]\nquery_timeout_ms = ${value}`)).toHaveLength(count);
  });

  test.each([
    ['0', 1],
    ['1', 0],
    ['1000', 0],
    ['1001', 1],
  ])('D19: cache_threshold_count = %s', (value, count) => {
    expect(problems(`[smart_protection]\ncache_threshold_count = ${value}`)).toHaveLength(count);
  });

  test('a bad value in the environment names its variable', () => {
    expect(problems('', { SEKISHO_SMART_SCAN_FAIL_OVER: 'true' })).toEqual([
      'SEKISHO_SMART_SCAN_FAIL_OVER=true: must be yes or no',
    ]);
  });

  test('all problems show at once, from the file, the environment and between keys', () => {
    const text =
      '[smtp]\nlisten = here\nclents_max = 3\n[smrt_scan]\nx = 1\n[log]\nlevel = loud\n[update]\nretry_seconds = 86400\ninterval_seconds = 60';
    expect(problems(text, { SEKISHO_SMTP_LISTN: 'x', SEKISHO_SCAN_SCANS_MAX: '0' })).toEqual([
      '/etc/sekisho/imss.ini:4: [smrt_scan] is no section; did you mean [smart_scan]?',
      '/etc/sekisho/imss.ini:3: [smtp] clents_max is no key; did you mean clients_max?',
      'SEKISHO_SMTP_LISTN is no setting; did you mean SEKISHO_SMTP_LISTEN?',
      expect.stringContaining('imss.ini:2: [smtp] listen = here: must be'),
      'SEKISHO_SCAN_SCANS_MAX=0: must be an integer from 1 to 10000',
      expect.stringContaining('imss.ini:7: [log] level = loud: must be one of debug, info, warn, error'),
      '/etc/sekisho/imss.ini:9: [update] retry_seconds = 86400: retry_seconds must not be more than interval_seconds ([update] interval_seconds = 60, /etc/sekisho/imss.ini:10)',
    ]);
  });

  test('names of other things are left alone', () => {
    const others = {
      SEKISHO_CONFIG: 'x',
      SEKISHO_DEBUG: '1',
      SEKISHO_KAFKA_LISTEN: '127.0.0.1:9092',
      SEKISHO_SPS_PORT: 'tcp://10.0.0.1:443',
      SEKISHO_SPS_PORT_443_TCP_ADDR: '10.0.0.1',
      SEKISHO_SPS_SERVICE_HOST: '10.0.0.1',
      SEKISHO_SMTP_SERVICE_PORT_SMTP: '25',
    };
    expect(problems('', others)).toEqual([]);
  });

  test('a name that is like no other gets no suggestion', () => {
    expect(problems('[smtp]\nzzzzzzzzzz = 1')).toEqual(['/etc/sekisho/imss.ini:2: [smtp] zzzzzzzzzz is no key']);
    expect(problems('[__proto__]\nconstructor = 1')).toEqual([expect.stringContaining('[__proto__] is no section')]);
  });

  test('control characters and passwords of a value do not show', () => {
    const [problem] = problems('[smart_scan]\nproxy = http://me:hunter2@proxy\u001b[31m');
    expect(problem).toContain('proxy = http://***@proxy\\u{1b}[31m: must');
  });
});

describe('contradictions between keys that are each in range', () => {
  test.each([
    [
      '[smart_scan]\nquery_timeout_ms = 6000\nquery_total_ms = 5000',
      'query_total_ms must not be less than query_timeout_ms',
    ],
    ['[scan]\nmessage_seconds_max = 5', 'message_seconds_max must be longer than query_total_ms'],
    ['[scan]\nunpack_seconds_max = 90', 'unpack_seconds_max must be less than message_seconds_max'],
    ['[scan]\nworker_memory_bytes_max = 134217728', 'worker_memory_bytes_max must be more than message_bytes_max'],
    [
      '[smart_scan]\nfilter_check_seconds = 7200',
      'filter_age_alert_seconds must not be less than filter_check_seconds',
    ],
    [
      '[smtp]\nclients_max = 100\nclients_per_address_max = 200',
      'clients_per_address_max must not be more than clients_max',
    ],
    ['[smtp]\nmessage_bytes_max = 209715200', '[scan] file_bytes_max must not be less than [smtp] message_bytes_max'],
    ['[scan]\nfile_bytes_max = 4294967296', 'message_bytes_max must not be less than file_bytes_max'],
    ['[update]\ninterval_seconds = 30', 'retry_seconds must not be more than interval_seconds'],
    ['[next_hop]\nurl = smtp://127.0.0.1:10025', 'mail would come back to [smtp] listen for ever'],
    [
      '[next_hop]\nurl = smtp+unix:/run/s\n[smtp]\nlisten = unix:/run/s',
      'mail would come back to [smtp] listen for ever',
    ],
    ['[sps]\nlisten = 127.0.0.1:10025', '[sps] and [smtp] must not listen on the same address'],
    ['[kafka]\nusername = me', 'SASL needs sasl_mechanism, username and password_file, all three'],
    ['[kafka]\nsasl_mechanism = scram-sha-512', 'SASL needs sasl_mechanism, username and password_file, all three'],
    [
      '[kafka]\nsasl_mechanism = plain\nusername = me\npassword_file = p',
      'plain would send the password in the clear: use tls = yes or scram-sha-512',
    ],
    ['[kafka]\nca_file = ca.pem', 'certificates are of no use with tls = no'],
    ['[kafka]\ntls = yes\nkey_file = key.pem', 'cert_file and key_file belong together'],
    ['[console]\ncertificate_file = cert.pem', 'a certificate needs its key, and the other way round'],
    [
      '[console]\nlisten = 192.0.2.1:8445',
      'tokens would go over the network in the clear: beyond loopback it needs certificate_file and key_file',
    ],
    ['[notify]\nmail_relay = smtp://mx.example', 'notifications by mail need mail_from'],
    ['[notify]\nmail_to = a@b.example', 'there is no way to send mail: mail_relay is empty'],
    ...['smtp://127.0.0.1:10025', 'smtp://localhost:10025'].map((relay) => [
      `[notify]\nmail_relay = ${relay}\nmail_from = a@b.example`,
      'notifications must not go through our own scan: name an MTA that takes them without it',
    ]),
    ['[quarantine]\nfolder = same\n[sps]\nfolder = same', 'each folder must be a different one'],
  ])('%s', (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`: ${expected} (`);
    expect(found[0]).toMatch(/^\/etc\/sekisho\/imss\.ini:\d+: \[/);
  });

  test('any free port is another one each time', () => {
    expect(problems('[smtp]\nlisten = 127.0.0.1:0\n[sps]\nlisten = 127.0.0.1:0')).toEqual([]);
  });

  test('a value that is wrong by itself is not compared', () => {
    expect(problems('[smart_scan]\nquery_timeout_ms = 6000\nquery_total_ms = x')).toHaveLength(1);
  });
});
