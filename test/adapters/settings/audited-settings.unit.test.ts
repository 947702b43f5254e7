import { expect, test } from 'vitest';
import { auditedSettings, defaultOf } from '../../../src/adapters/settings/audited-settings.ts';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import { keys } from '../../../src/adapters/settings/tables.ts';

const fingerprint = (secret: string) => `${secret.length} characters`;
const audited = (text: string, environment: Record<string, string> = {}) =>
  auditedSettings(readSettings({ file: { path: '/etc/imss.ini', text }, environment, cwd: '/' }), fingerprint);

test('what is given, with its place; defaults are not told', () => {
  expect(audited('[log]\nlevel = warn\n', { SEKISHO_STATE_FOLDER: '/var/lib/sekisho' })).toEqual([
    { section: 'state', key: 'folder', value: '/var/lib/sekisho', from: 'environment SEKISHO_STATE_FOLDER' },
    { section: 'log', key: 'level', value: 'warn', from: '/etc/imss.ini:2' },
  ]);
});

test('the file of a password is told, as it is no password', () => {
  const text = '[kafka]\ntls = yes\nsasl_mechanism = plain\nusername = u\npassword_file = /etc/secret\n';
  expect(audited(text)).toContainEqual(expect.objectContaining({ key: 'password_file', value: '/etc/secret' }));
});

test('every key whose value is a secret itself says so in its table', () => {
  const named = [...keys.values()].filter(({ key }) => /pass(word|phrase)|secret|communit|token|_key$/.test(key));
  expect(named.filter(({ key, secret }) => !secret && !key.endsWith('_file')).map(({ key }) => key)).toEqual([]);
});

test('defaults that depend on something are not known as text', () => {
  expect(defaultOf('log', 'level')).toBe('info');
  expect(defaultOf('state', 'gateway_name')).toBeNull();
  expect(defaultOf('log', 'of_a_newer_version')).toBeNull();
});
