import { describe, expect, test } from 'vitest';
import { readNames } from '../../../src/adapters/unpack/read-names.ts';

const namesIn = (header: string) => readNames(Buffer.from(header.replaceAll('\n', '\r\n')));

describe('Message-ID', () => {
  test.each([
    ['Message-ID: <a.b@example.org>\n\n', 'a.b@example.org'],
    ['MESSAGE-ID:<A@b>\n\n', 'A@b'],
    ['Message-Id: (a comment) <a@b> (another)\n\n', 'a@b'],
    ['Message-ID:\n <folded@example.org>\n\n', 'folded@example.org'],
    ['Message-ID: no-brackets@example.org\n\n', 'no-brackets@example.org'],
    ['Message-ID: <first@b>\nMessage-ID: <second@b>\n\n', 'first@b'],
    ['Message-ID: <関所@example.jp>\n\n', '関所@example.jp'],
    ['Message-ID: <cut off', '<cut off'],
  ])('%j', (header, messageId) => {
    expect(namesIn(header).messageId).toBe(messageId);
  });

  test.each(['Subject: x\n\n', 'Message-ID:\n\n', 'Message-ID: <>\n\n', 'X-Message-ID: <a@b>\n\n', ''])(
    'none in %j',
    (header) => {
      expect(namesIn(header).messageId).toBeNull();
    },
  );

  test('none in the body', () => {
    expect(namesIn('Subject: x\n\nMessage-ID: <a@b>\n').messageId).toBeNull();
  });

  test('at most 250 characters', () => {
    expect(namesIn(`Message-ID: <${'m'.repeat(5000)}>\n\n`).messageId).toHaveLength(250);
  });
});

test('the Subject is decoded, and null when there is none', () => {
  expect(namesIn('Subject: =?UTF-8?B?6Zai5omA?=\n\n').subject).toBe('関所');
  expect(namesIn('\n').subject).toBeNull();
});

describe('a machine or a mailing list sent it (RFC 3834)', () => {
  test.each([
    'Auto-Submitted: auto-replied\n\n',
    'auto-submitted: auto-generated; owner=x\n\n',
    'Precedence: bulk\n\n',
    'PRECEDENCE: List\n\n',
    'Precedence: junk\n\n',
    'List-Id: Users <users.example.org>\n\n',
    'List-Unsubscribe: <mailto:leave@example.org>\n\n',
  ])('%j', (header) => {
    expect(namesIn(header).automatic).toBe(true);
  });

  test.each(['Auto-Submitted: no\n\n', 'Precedence: first-class\n\n', 'Subject: List-Id: x\n\n', '\nList-Id: x\n'])(
    'not so: %j',
    (header) => {
      expect(namesIn(header)).not.toHaveProperty('automatic');
    },
  );
});
