import { describe, expect, test } from 'vitest';
import { cidr } from '../../../src/adapters/settings/values/cidr.ts';
import { list, optional } from '../../../src/adapters/settings/values/combined.ts';
import { hostName, hostPortText, readHostPort } from '../../../src/adapters/settings/values/host.ts';
import { listenAddress, tcpAddress } from '../../../src/adapters/settings/values/listen-address.ts';
import { nextHopUrl } from '../../../src/adapters/settings/values/next-hop.ts';
import { decimal, integer } from '../../../src/adapters/settings/values/number.ts';
import { path } from '../../../src/adapters/settings/values/path.ts';
import { httpsServer } from '../../../src/adapters/settings/values/server.ts';
import { updateSchedule } from '../../../src/adapters/settings/values/update-schedule.ts';
import { folderUrl, webUrl } from '../../../src/adapters/settings/values/url.ts';
import { InvalidValue, type ValueType } from '../../../src/adapters/settings/values/value-type.ts';
import { choice, text, yesNo } from '../../../src/adapters/settings/values/words.ts';

const context = { folder: '/etc/sekisho' };

const accepted: [name: string, type: ValueType<unknown>, texts: [text: string, value: unknown][]][] = [
  [
    'schedule of updates',
    updateSchedule,
    [
      ['every 30m', { kind: 'every', ms: 1_800_000 }],
      ['every 6h', { kind: 'every', ms: 21_600_000 }],
      ['EVERY  30d', { kind: 'every', ms: 2_592_000_000 }],
      ['daily 02:30', { kind: 'daily', minute: 150 }],
      ['daily 00:00', { kind: 'daily', minute: 0 }],
      ['Weekly Sunday 23:59', { kind: 'weekly', weekday: 0, minute: 1439 }],
      ['weekly saturday 07:05', { kind: 'weekly', weekday: 6, minute: 425 }],
    ],
  ],
  [
    'integer',
    integer(-5, 60_000),
    [
      ['0', 0],
      ['-5', -5],
      ['60000', 60_000],
      ['0100', 100],
    ],
  ],
  [
    'decimal',
    decimal(0.0001, 0.1),
    [
      ['0.0001', 0.0001],
      ['0.1', 0.1],
    ],
  ],
  [
    'yes or no',
    yesNo,
    [
      ['yes', true],
      ['no', false],
    ],
  ],
  ['choice', choice('keep', 'refuse'), [['keep', 'keep']]],
  ['text', text(10), [['関所 [x] #', '関所 [x] #']]],
  [
    'optional',
    optional(yesNo),
    [
      ['', undefined],
      ['no', false],
    ],
  ],
  [
    'list',
    list(integer(1, 9), { max: 3 }),
    [
      ['1', [1]],
      ['1,2 , 3', [1, 2, 3]],
    ],
  ],
  ['empty list', list(integer(1, 9), { min: 0, max: 3 }), [['', []]]],
  [
    'host',
    hostName,
    [
      ['mx1.example.org', 'mx1.example.org'],
      ['a_b', 'a_b'],
      ['::1', '::1'],
      ['10.0.0.1', '10.0.0.1'],
    ],
  ],
  [
    'listen',
    listenAddress,
    [
      ['127.0.0.1:10025', { host: '127.0.0.1', port: 10_025 }],
      ['[::1]:0', { host: '::1', port: 0 }],
      ['localhost:65535', { host: 'localhost', port: 65_535 }],
      ['unix:run/smtp', { path: '/etc/sekisho/run/smtp' }],
      ['unix:/run/smtp', { path: '/run/smtp' }],
    ],
  ],
  [
    'cidr',
    cidr,
    [
      ['127.0.0.0/8', { address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
      ['10.0.0.1', { address: '10.0.0.1', prefix: 32, family: 'ipv4' }],
      ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
      ['FD00::/8', { address: 'FD00::', prefix: 8, family: 'ipv6' }],
    ],
  ],
  [
    'path',
    path,
    [
      ['state', '/etc/sekisho/state'],
      ['/var/x', '/var/x'],
      ['../x y', '/etc/x y'],
    ],
  ],
  [
    'server',
    httpsServer,
    [
      ['https://sps.example.org', { id: 'sps.example.org:443', host: 'sps.example.org', port: 443 }],
      ['HTTPS://SPS:8443/', { id: 'sps:8443', host: 'sps', port: 8443 }],
      ['https://[::1]:8443', { id: '[::1]:8443', host: '::1', port: 8443 }],
    ],
  ],
  [
    'web address',
    webUrl('http'),
    [
      ['http://proxy:3128/', 'http://proxy:3128'],
      ['http://10.0.0.1:80', 'http://10.0.0.1'],
    ],
  ],
  [
    'folder on the web',
    folderUrl,
    [
      ['https://sps:8443/', 'https://sps:8443'],
      ['http://mirror/sekisho/', 'http://mirror/sekisho'],
      ['https://[::1]:8443/a/b', 'https://[::1]:8443/a/b'],
    ],
  ],
  [
    'next hop',
    nextHopUrl,
    [
      ['smtp://127.0.0.1:10026', 'smtp://127.0.0.1:10026'],
      ['maildir:mail', 'maildir:/etc/sekisho/mail'],
      ['maildir:/var/mail', 'maildir:/var/mail'],
    ],
  ],
];

const refused: [name: string, type: ValueType<unknown>, texts: string[]][] = [
  [
    'integer (D19)',
    integer(100, 60_000),
    ['99', '60001', '', ' 100', '1e3', '0x100', '1500.0', '1_500', '+100', 'ten', '１００', '9'.repeat(30)],
  ],
  [
    'schedule of updates',
    updateSchedule,
    [
      ...['', 'daily', 'daily 24:00', 'daily 2:30', 'daily 02:60', 'daily 02:30 03:30', '02:30', 'never'],
      ...['every', 'every 0m', 'every 30s', 'every 31d', 'every -1h', 'every 1.5h', 'hourly'],
      ...['weekly 02:30', 'weekly sun 02:30', 'weekly sunday', 'weekly sunday monday 02:30', '毎日 02:30'],
    ],
  ],
  ['decimal', decimal(0.001, 0.1), ['0', '0.2', '.01', '1e-2', '-0.01', 'x']],
  ['yes or no', yesNo, ['', 'true', 'Yes', '1']],
  ['choice', choice('keep', 'refuse'), ['', 'Keep', 'toString']],
  ['text', text(10), ['', '12345678901', 'a\u0000b', 'a\tb', 'a\u0085b']],
  ['list', list(integer(1, 9), { max: 3 }), ['', '1,', ',', '1,2,3,4', '1,x', '1,1']],
  ['host', hostName, ['', '-a', 'a-', 'a..b', '1.2.3', '1.2.3.256', 'a b', 'x'.repeat(64), 'a:1', '[::1]']],
  [
    'listen',
    listenAddress,
    [
      '',
      '10025',
      ':10025',
      '127.0.0.1',
      '127.0.0.1:65536',
      '::1:25',
      '[127.0.0.1]:25',
      '[::1]',
      'a:b',
      '1.2.3:25',
      'unix:',
      `unix:${'x'.repeat(108)}`,
    ],
  ],
  ['tcp only', tcpAddress, ['unix:/run/x']],
  ['cidr', cidr, ['', '10.0.0.0/33', '::/129', '10.0.0/8', 'localhost', '10.0.0.0/', '10.0.0.0/-1', '1.2.3.4/8/8']],
  ['path', path, ['', 'a\0b']],
  [
    'server',
    httpsServer,
    [
      '',
      'http://a',
      'a:443',
      'https://',
      'https://a:0',
      'https://a:99999',
      'https://a/path',
      'https://u:p@a',
      'https://a?b',
      'https://1.2.3',
    ],
  ],
  [
    'web address',
    webUrl('http'),
    ['', 'https://a', 'http://', 'http://a:0', 'http://a/b', 'http://a?b', 'http://a#b', 'http://u:p@a', 'proxy:3128'],
  ],
  [
    'folder on the web',
    folderUrl,
    ['', 'ftp://a', 'https://', 'https://a:0', 'https://a/b?c', 'https://a#b', 'https://u:p@a', 'file:///tmp'],
  ],
  [
    'next hop',
    nextHopUrl,
    ['', '127.0.0.1:10026', 'smtp://', 'smtp://a:0', 'smtps://a', 'lmtp://a:25', 'maildir:', 'smtp://a:25/x'],
  ],
];

describe.each(accepted)('%s takes', (_name, type, texts) => {
  test.each(texts)('%j', (given, value) => {
    expect(type.parse(given, context)).toEqual(value);
  });
});

describe.each(refused)('%s refuses', (_name, type, texts) => {
  test.each(texts)('%j', (given) => {
    expect(() => type.parse(given, context)).toThrow(InvalidValue);
  });
});

test('an error of a list names the value that is wrong', () => {
  expect(() => list(integer(1, 9), { max: 3 }).parse('1, 12', context)).toThrow('(not so: 12)');
});

test('host and port are written as they are read', () => {
  for (const given of ['a:1', '[::1]:25', '10.0.0.1:65535']) {
    const address = readHostPort(given);
    expect(address && hostPortText(address)).toBe(given);
  }
});
