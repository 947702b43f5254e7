import { readFile } from 'node:fs/promises';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { expect, test } from 'vitest';
import { SMTP_SERVER_VERSION } from '../../../src/adapters/smtp/server.ts';
import { SmtpClient } from '../../support/smtp-client.ts';
import { testPort } from './recording-reception.ts';

test('smtp-server is the version whose inside we override', async () => {
  const path = new URL('../../../node_modules/smtp-server/package.json', import.meta.url);
  expect(JSON.parse(await readFile(path, 'utf8')).version).toBe(SMTP_SERVER_VERSION);
  expect(SMTPConnection.prototype.init.toString(), 'the wait that our init leaves out').toContain(
    'setTimeout(() => this.connectionReady(), 100)',
  );
  for (const name of ['_createParser', '_whenWritable', '_resetSession', '_onClose', 'close', 'send'] as const)
    expect(SMTPConnection.prototype[name], name).toBeInstanceOf(Function);
  for (const name of ['_feedDataStream', '_flushData', '_write'] as const)
    expect(SMTPStream.prototype[name], name).toBeInstanceOf(Function);
});

test('the greeting comes without any timer', async () => {
  const realSetTimeout = globalThis.setTimeout;
  const waits: unknown[] = [];
  await using at = await testPort();
  globalThis.setTimeout = ((fn: () => void, ms: number) => {
    waits.push(ms);
    return realSetTimeout(fn, ms);
  }) as typeof setTimeout;
  try {
    await using client = await SmtpClient.connect(at.address);
    expect((await client.command('NOOP')).code).toBe(250);
  } finally {
    globalThis.setTimeout = realSetTimeout;
  }
  expect(waits).toEqual([]);
});

test('EHLO offers what goes on to the next hop, and nothing else', async () => {
  await using at = await testPort({ limits: { messageBytesMax: 12345 }, xforwardFrom: [] });
  await using client = await SmtpClient.open(at.address);
  await client.expect(220, 'mx.test ESMTP');
  const reply = await client.command('EHLO client.example');
  expect(reply.text.split('\n')).toEqual(['mx.test', 'PIPELINING', '8BITMIME', 'SMTPUTF8', 'DSN', 'SIZE 12345']);
});

test.each(['AUTH PLAIN', 'STARTTLS', 'WIZ x', 'SHELL', 'KILL', 'XCLIENT NAME=a', 'LHLO a', 'BDAT 1', 'HTTP/1.1', ''])(
  '%j is not known: 500',
  async (command) => {
    await using at = await testPort();
    await using client = await SmtpClient.connect(at.address);
    await client.script(['EHLO a', 250], [command, 500], ['NOOP', 250]);
  },
);

test('replies of the session are sent word for word, several lines too', async () => {
  await using at = await testPort();
  at.reception.onMail = () => ({ code: 251, text: '2.1.0 first\nsecond' });
  at.reception.onRcpt = ({ path }) =>
    path === 'no@x' ? { code: 550, text: '5.1.1 no such user' } : { code: 250, text: '' };
  at.reception.onData = () => ({ code: 451, text: 'Email rejected for a scanning error.' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  expect((await client.command('MAIL FROM:<>')).lines).toEqual(['251-2.1.0 first', '251 second']);
  expect((await client.command('RCPT TO:<no@x>')).lines).toEqual(['550 5.1.1 no such user']);
  expect((await client.command('RCPT TO:<yes@x>')).lines).toEqual(['250']);
  await client.script(['DATA', 354]);
  expect((await client.command('x\r\n.')).lines).toEqual(['451 Email rejected for a scanning error.']);
  at.reception.onMail = () => ({ code: 250, text: 'OK' });
  at.reception.onData = () => ({ code: 250, text: '2.0.0 Ok: queued as 12\nby mx' });
  expect((await client.send('x\r\n', '<>')).lines).toEqual(['250-2.0.0 Ok: queued as 12', '250 by mx']);
});

test('a reply cannot be split by control characters', async () => {
  await using at = await testPort();
  at.reception.onMail = () => ({ code: 550, text: 'a\r250 b' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  expect((await client.command('MAIL FROM:<a@b>')).lines).toEqual(['550 a 250 b']);
});

test('MAIL and RCPT reach the session raw', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(
    ['EHLO Client.Example', 250],
    ['MAIL FROM:<Ä@XN--Bcher-kva.example> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=a+2Bb', 250],
    ['RCPT TO:<"a b"@x.org> NOTIFY=FAILURE,delay ORCPT=rfc822;a+20b@x.org', 250],
  );
  expect(at.reception.mails).toEqual([
    {
      path: 'Ä@XN--Bcher-kva.example',
      parameters: [
        { keyword: 'SIZE', value: '9' },
        { keyword: 'BODY', value: '8BITMIME' },
        { keyword: 'SMTPUTF8' },
        { keyword: 'RET', value: 'FULL' },
        { keyword: 'ENVID', value: 'a+2Bb' },
      ],
    },
  ]);
  expect(at.reception.rcpts).toEqual([
    {
      path: '"a b"@x.org',
      parameters: [
        { keyword: 'NOTIFY', value: 'FAILURE,delay' },
        { keyword: 'ORCPT', value: 'rfc822;a+20b@x.org' },
      ],
    },
  ]);
  expect(at.reception.clients[0]).toMatchObject({ address: '127.0.0.1', helo: 'Client.Example' });
});

test('commands out of order are 503, and nothing reaches the session', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(['MAIL FROM:<a@b>', 503], ['EHLO a', 250], ['RCPT TO:<a@b>', 503], ['DATA', 503]);
  expect(at.reception.calls).toEqual([]);
  await client.script(['MAIL FROM:<a@b>', 250], ['MAIL FROM:<a@b>', 503], ['DATA', 503], ['XFORWARD NAME=a', 503]);
  expect(at.reception.calls).toEqual(['open', 'mail']);
});

test('a session that throws is 451, and the port says so', async () => {
  await using at = await testPort();
  at.reception.onData = () => Promise.reject(new Error('defect'));
  await using client = await SmtpClient.connect(at.address);
  expect(await client.send('x\r\n')).toMatchObject({ code: 451 });
  expect(at.problems.map(String)).toEqual(['Error: defect']);
  expect(at.spool.memoryBytes()).toBe(0);
});

test('D8: a reception that takes no mail now says so at MAIL, not at connect', async () => {
  await using at = await testPort();
  at.reception.refuse = { code: 452, text: '4.3.1 journal is full' };
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  expect((await client.command('MAIL FROM:<a@b>')).lines).toEqual(['452 4.3.1 journal is full']);
  expect(at.reception.calls).toEqual([]);
  at.reception.refuse = undefined;
  await client.script(['MAIL FROM:<a@b>', 250]);
});
