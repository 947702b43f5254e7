import { expect, test } from 'vitest';
import type { ClientInfo } from '../../../src/actors/ports/mail.ts';
import { namesOf, scanInput } from '../../../src/actors/session/scan-input.ts';
import { readNames } from '../../../src/adapters/unpack/read-names.ts';
import { testSettings } from '../../support/actor-system.ts';

const address = (path: string) => ({ path, parameters: [] });

function inputFrom(xforward: Record<string, string>, changes: Partial<ClientInfo> = {}, recipients = 1) {
  const client = { id: 'c', address: '127.0.0.1', port: 25, helo: 'localhost', ...changes };
  const envelope = {
    mailFrom: address('a@example.org'),
    recipients: Array.from({ length: recipients }, (_, index) => address(`b${index}@example.net`)),
  };
  const message = { messageId: 'm@example.org', subject: 'hello', size: 7, receivedMs: 3 };
  return scanInput(
    'GUID',
    { settings: testSettings() },
    envelope,
    { ...client, xforward: new Map(Object.entries(xforward)) },
    message,
  );
}

test('names of the message and what Postfix says of its client are in the first event', () => {
  const given = { ADDR: '192.0.2.7', NAME: 'mx.example.org', HELO: 'mx', IDENT: '4VwX3y2sQmz1' };
  expect(inputFrom(given)).toMatchObject({
    ...{ client: '192.0.2.7', clientName: 'mx.example.org', helo: 'mx', queueId: '4VwX3y2sQmz1' },
    ...{ messageId: 'm@example.org', subject: 'hello', size: 7, receivedMs: 3 },
  });
});

test('what is not told is null; a client that is no MTA of ours has its own HELO', () => {
  const unavailable = { NAME: '[UNAVAILABLE]', HELO: '[UNAVAILABLE]', IDENT: '' };
  expect(inputFrom(unavailable)).toMatchObject({ clientName: null, helo: null, queueId: null });
  expect(inputFrom({})).toMatchObject({ client: '127.0.0.1', clientName: null, helo: 'localhost', queueId: null });
});

test('is bounded: 255 characters a name, 50 recipients', () => {
  const long = 'x'.repeat(1000);
  const input = inputFrom({ NAME: long, HELO: long, IDENT: long }, {}, 60);
  expect([input.clientName, input.helo, input.queueId].map((name) => name?.length)).toEqual([255, 255, 255]);
  expect(inputFrom({}, { helo: long }).helo).toHaveLength(255);
  expect([input.recipients.length, input.recipientCount]).toEqual([50, 60]);
});

test('a message that cannot be read back has no names', async () => {
  const unreadable = () => Promise.reject(new Error('spool'));
  const message = { size: 1, head: unreadable, load: unreadable, dispose: () => {} };
  expect(await namesOf(message, readNames)).toEqual({ messageId: null, subject: null });
});
