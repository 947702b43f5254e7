import { describe, expect, test } from 'vitest';
import type { SideAction } from '../../src/events/scan.ts';
import { whoIsTold } from '../../src/machines/told.ts';

const ours = { ownDomains: ['example.org', '.example.net'], outside: false };
const mail = { mailFrom: 'a@example.org', recipients: ['b@example.org'] };
const told = (also: SideAction[], changes: Partial<Parameters<typeof whoIsTold>[1]> = {}, telling = ours) =>
  whoIsTold(also, { ...mail, ...changes }, telling);

test('nobody is told unless the rule says so', () => {
  expect(told(['archive', 'tag_subject'])).toEqual({});
});

test('the administrator is told where the settings say', () => {
  expect(told(['notify_administrator'])).toEqual({ notices: [{ whom: 'administrator' }] });
});

describe('recipients', () => {
  test('of our own domains are told, each once; others are not', () => {
    const recipients = ['b@EXAMPLE.org', 'b@EXAMPLE.org', 'c@sub.example.net', 'd@example.net', 'e@evil-example.org'];
    expect(told(['notify_recipient'], { recipients })).toEqual({
      notices: [
        { whom: 'recipient', to: 'b@EXAMPLE.org' },
        { whom: 'recipient', to: 'c@sub.example.net' },
      ],
      untold: [
        { whom: 'recipient', to: 'd@example.net', why: 'outside' },
        { whom: 'recipient', to: 'e@evil-example.org', why: 'outside' },
      ],
    });
  });

  test('elsewhere are told when the settings say so', () => {
    const recipients = ['b@elsewhere.example'];
    expect(told(['notify_recipient'], { recipients }, { ownDomains: [], outside: true })).toEqual({
      notices: [{ whom: 'recipient', to: 'b@elsewhere.example' }],
    });
  });
});

describe('the sender', () => {
  const why = (mailFrom: string, changes: object = {}, telling = ours) =>
    told(['notify_sender'], { mailFrom, ...changes }, telling).untold?.[0]?.why;
  const everywhere = { ownDomains: [], outside: true };

  test('of our own domains is told', () => {
    expect(told(['notify_sender'])).toEqual({ notices: [{ whom: 'sender', to: 'a@example.org' }] });
  });

  test('elsewhere is not told: it is forged more often than not', () => {
    expect(why('a@elsewhere.example')).toBe('outside');
    expect(why('a@example.org@elsewhere.example')).toBe('outside');
    expect(why('root')).toBe('outside');
    expect(why('a@elsewhere.example', {}, everywhere)).toBeUndefined();
  });

  test.each([
    ['the null sender', '', {}, 'null-sender'],
    ['a mailing list or a machine', 'a@example.org', { automatic: true }, 'automatic'],
    ['a mailer', 'MAILER-DAEMON@example.org', {}, 'automatic'],
    ['the owner of a list', 'owner-users@example.org', {}, 'automatic'],
    ['the requests of a list', 'users-request@example.org', {}, 'automatic'],
    ['the bounces of a list', 'users-owner@example.org', {}, 'automatic'],
  ])('RFC 3834: %s is never answered, whatever the settings', (_, mailFrom, changes, expected) => {
    expect(why(mailFrom, changes)).toBe(expected);
    expect(why(mailFrom, changes, everywhere)).toBe(expected);
  });
});
