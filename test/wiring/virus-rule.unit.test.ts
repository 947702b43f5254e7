import { expect, test } from 'vitest';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import { virusRule } from '../../src/wiring/virus-rule.ts';

const ruleOf = (text: string) =>
  virusRule(readSettings({ file: { path: '/imss.ini', text }, environment: {}, cwd: '/srv' }));

test('the rule of the defaults says nothing that is not used: it is in the first event of every scan', () => {
  expect(ruleOf('')).toEqual({
    malware: 'delete_attachment',
    ambiguous: 'quarantine',
    encrypted: 'tag',
    unsupported: 'tag',
    unreadable: 'quarantine',
    limit: 'quarantine',
  });
});

const notify =
  '[notify]\nmail_relay = smtp://127.0.0.1:2525\nmail_from = a@example.org\nmail_to = b@example.org\nown_domains = Example.ORG\n';

test('what is done besides, by finding', () => {
  const text = `${notify}[virus_rule]\nmalware_action = change_recipient\nchange_recipient_to = lab@example.org\nmalware_also = tag_subject, notify_sender\nlimit_also = notify_administrator`;
  expect(ruleOf(text)).toMatchObject({
    also: { malware: ['tag_subject', 'notify_sender'], limit: ['notify_administrator'] },
    recipient: 'lab@example.org',
    telling: { ownDomains: ['example.org'], outside: false },
  });
});

test('own domains are not in it when only the administrator is told', () => {
  expect(ruleOf(`${notify}[virus_rule]\nlimit_also = notify_administrator`)).not.toHaveProperty('telling');
});
