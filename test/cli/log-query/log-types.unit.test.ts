import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { levelOption, typeOption } from '../../../src/cli/log-query/log-types.ts';

test.each([
  ['system', 'システムイベント'],
  ['policy', 'ポリシーイベント'],
  ['tracking', 'メッセージ追跡'],
  ['audit', '監査ログ'],
])('%s is %s', (name, japanese) => {
  expect([typeOption(name), typeOption(name.toUpperCase()), typeOption(japanese)]).toEqual([name, name, name]);
});

test('levels, in both languages, parted or given again', () => {
  expect(levelOption('エラー,警告', levelOption('information'))).toEqual(['information', 'error', 'warning']);
  expect(levelOption('info, 情報')).toEqual(['information', 'information']);
});

test.each(['', 'mail', 'toString', 'システム', 'system,policy'])('no type: %j', (text) => {
  expect(() => typeOption(text)).toThrow(InvalidArgumentError);
  expect(() => typeOption(text)).toThrow(
    'must be one of system (システムイベント), policy (ポリシーイベント), tracking (メッセージ追跡), audit (監査ログ).',
  );
});

test.each(['', 'loud', 'error,', '重大', 'constructor'])('no level: %j', (text) => {
  expect(() => levelOption(text)).toThrow('must be one of error (エラー), warning (警告), information (情報).');
});
