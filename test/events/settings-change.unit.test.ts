import { expect, test } from 'vitest';
import { changedSettings, type SettingInForce } from '../../src/events/settings-change.ts';

const setting = (key: string, value: string, more: Partial<SettingInForce> = {}): SettingInForce => ({
  ...{ section: 'smart_scan', key, value, from: 'imss.ini:3' },
  ...more,
});
const defaults: Record<string, string> = { query_timeout_ms: '1500', order: 'listed' };
const changes = (before: SettingInForce[], after: SettingInForce[]) =>
  changedSettings(before, after, (_section, key) => defaults[key] ?? null);

test('what is new, what is another value, and what is gone, each with before and after', () => {
  const before = [setting('servers', 'https://a:443'), setting('order', 'random'), setting('proxy', 'http://p:3128')];
  const after = [
    setting('servers', 'https://b:443', { from: 'environment SEKISHO_SMART_SCAN_SERVERS' }),
    setting('order', 'random', { from: 'imss.ini:99' }),
    setting('query_timeout_ms', '3000'),
  ];
  expect(changes(before, after)).toEqual([
    {
      ...{ section: 'smart_scan', key: 'servers', before: 'https://a:443', after: 'https://b:443' },
      from: 'environment SEKISHO_SMART_SCAN_SERVERS',
    },
    { section: 'smart_scan', key: 'query_timeout_ms', before: '1500', after: '3000', from: 'imss.ini:3' },
    { section: 'smart_scan', key: 'proxy', before: 'http://p:3128', after: null, from: 'default' },
  ]);
});

test('a default that is written out is no change', () => {
  expect(changes([], [setting('order', 'listed')])).toEqual([]);
  expect(changes([setting('order', 'listed')], [])).toEqual([]);
});

test('a secret has changed when its fingerprint has, and is not shown', () => {
  const secret = (fingerprint: string) => setting('key', '(secret)', { fingerprint });
  expect(changes([secret('a')], [secret('a')])).toEqual([]);
  const changed = { section: 'smart_scan', key: 'key', from: 'imss.ini:3', secret: true };
  expect(changes([secret('a')], [secret('b')])).toEqual([{ ...changed, before: '(secret)', after: '(secret)' }]);
  expect(changes([], [secret('a')])).toEqual([{ ...changed, before: null, after: '(secret)' }]);
});
