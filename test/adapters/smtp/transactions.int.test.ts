import { expect, test } from 'vitest';
import type { Reply } from '../../../src/actors/ports/mail.ts';
import { SmtpClient } from '../../support/smtp-client.ts';
import { RecordingReception, testPort } from './recording-reception.ts';

test('pipelined commands are answered in order, and several messages go over one connection', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  await client.line('MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<c@d> BAD=1', 'DATA');
  for (const code of [250, 250, 555, 354]) await client.expect(code);
  await client.line('one', '.', 'MAIL FROM:<e@f>', 'RCPT TO:<g@h>', 'DATA');
  for (const code of [250, 250, 250, 354]) await client.expect(code);
  await client.line('two', '..', '.', 'QUIT');
  for (const code of [250, 221]) await client.expect(code);
  expect(await client.closed()).toBe('');
  expect(at.reception.contents.map(String)).toEqual(['one\r\n', 'two\r\n.\r\n']);
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'data', 'mail', 'rcpt', 'data', 'close']);
});

test('a whole session in one packet', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.line('EHLO a', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'DATA', '.dot', 'x', '.', 'RSET', 'QUIT');
  for (const code of [250, 250, 250, 354, 250, 250, 221]) await client.expect(code);
  expect(at.reception.contents.map(String)).toEqual(['dot\r\nx\r\n']);
});

test('1000 recipients', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
  const paths = Array.from({ length: 1001 }, (_, n) => `r${n}@example.net`);
  await client.line(...paths.map((path) => `RCPT TO:<${path}>`), 'DATA');
  for (let n = 0; n < 1000; n++) await client.expect(250);
  await client.expect(452, '4.5.3 Too many recipients');
  await client.expect(354);
  await client.line('x', '.');
  await client.expect(250);
  expect(at.reception.rcpts.map(({ path }) => path)).toEqual(paths.slice(0, 1000));
});

test.each(['RSET', 'EHLO again', 'HELO again'])('%s ends the transaction, once', async (command) => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(
    ['EHLO a', 250],
    ['MAIL FROM:<a@b>', 250],
    [command, 250],
    [command, 250],
    ['RCPT TO:<c@d>', 503],
  );
  expect(at.reception.calls).toEqual(['open', 'mail', 'reset']);
});

test('a MAIL that the session refused is no transaction', async () => {
  await using at = await testPort();
  at.reception.onMail = () => ({ code: 450, text: 'later' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 450], ['RCPT TO:<c@d>', 503], ['RSET', 250], ['QUIT', 221]);
  await at.reception.called('close');
  expect(at.reception.calls).toEqual(['open', 'mail', 'close']);
});

test('no recipient accepted: DATA is 503 and the message does not come in', async () => {
  await using at = await testPort();
  at.reception.onRcpt = () => ({ code: 550, text: 'no' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 550], ['DATA', 503], ['RSET', 250]);
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset']);
});

test.each(['', 'x', 'x\r\n', 'x\r\n.', 'x\r\n.\r', 'x\n.\n', 'x\r.\r'])(
  'DATA cut short after %j is no message',
  async (sent) => {
    await using at = await testPort();
    const client = await SmtpClient.connect(at.address);
    await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 250], ['DATA', 354]);
    await client.raw(sent);
    client.socket.end();
    await at.reception.called('close');
    expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset', 'close']);
    expect(at.spool.memoryBytes()).toBe(0);
    expect(at.port.clients()).toBe(0);
  },
);

test('a client that resets the connection in DATA', async () => {
  await using at = await testPort();
  const client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 250], ['DATA', 354]);
  await client.raw('x'.repeat(100_000));
  client.socket.resetAndDestroy();
  await at.reception.called('close');
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset', 'close']);
  expect(at.problems).toEqual([]);
});

test('a command without its line end is no command', async () => {
  await using at = await testPort();
  const client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
  await client.raw('RCPT TO:<c@d>');
  client.socket.end();
  await at.reception.called('close');
  expect(at.reception.calls).toEqual(['open', 'mail', 'reset', 'close']);
});

test('a client that leaves while MAIL is being answered', async () => {
  await using at = await testPort();
  let answer: (reply: Reply) => void = () => undefined;
  at.reception.onMail = () => new Promise((resolve) => (answer = resolve));
  const client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  await client.line('MAIL FROM:<a@b>', 'RCPT TO:<c@d>');
  await at.reception.called('mail');
  client.cut();
  await at.reception.called('close');
  answer({ code: 250, text: 'OK' });
  await at.port.drain(5000);
  expect(at.reception.calls).toEqual(['open', 'mail', 'reset', 'close']);
});

test('a client that leaves after the dot: the message is whole and goes on', async () => {
  await using at = await testPort();
  let answer: (reply: Reply) => void = () => undefined;
  at.reception.onData = () => new Promise((resolve) => (answer = resolve));
  const client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 250], ['DATA', 354]);
  await client.line('x', '.');
  await at.reception.called('data');
  client.cut();
  await at.reception.called('close');
  expect(at.spool.memoryBytes(), 'still in the hands of the session').toBe(3);
  answer({ code: 250, text: 'OK' });
  await at.port.drain(5000);
  expect(at.spool.memoryBytes()).toBe(0);
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'data', 'close']);
});

test('XFORWARD from a trusted host, decoded, for one transaction', async () => {
  await using at = await testPort({ xforwardFrom: ['127.0.0.0/8'] });
  await using client = await SmtpClient.connect(at.address);
  const [ehlo] = await client.script(['EHLO a', 250]);
  expect(ehlo?.text).toContain('XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE');
  await client.script(
    ['XFORWARD NAME=spike.example ADDR=192.0.2.7 PORT=1234', 250],
    ['XFORWARD PROTO=ESMTP HELO=[UNAVAILABLE] IDENT=a+2Bb SOURCE=REMOTE', 250],
    ['XFORWARD FOO=1', 501],
    ['MAIL FROM:<a@b>', 250],
    ['RSET', 250],
    ['MAIL FROM:<a@b>', 250],
  );
  expect(at.reception.clients[0]?.address, 'the MTA itself').toBe('127.0.0.1');
  expect(Object.fromEntries(at.reception.clients[0]?.xforward ?? [])).toEqual({
    NAME: 'spike.example',
    ADDR: '192.0.2.7',
    PORT: '1234',
    PROTO: 'ESMTP',
    HELO: '[UNAVAILABLE]',
    IDENT: 'a+b',
    SOURCE: 'REMOTE',
  });
  expect(at.reception.clients[1]?.xforward.size).toBe(0);
});

test('XFORWARD from elsewhere is neither offered nor believed', async () => {
  await using at = await testPort({ xforwardFrom: ['192.0.2.0/24'] });
  await using client = await SmtpClient.connect(at.address);
  const [ehlo] = await client.script(['EHLO a', 250]);
  expect(ehlo?.text).not.toContain('XFORWARD');
  await client.script(['XFORWARD ADDR=192.0.2.7', 550], ['MAIL FROM:<a@b>', 250]);
  expect(at.reception.clients[0]?.xforward.size).toBe(0);
});

test('a replaced reception gets the next transaction; the connection stays', async () => {
  const first = new RecordingReception();
  const second = new RecordingReception();
  let current = first;
  await using at = await testPort({ reception: () => current });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
  current = second;
  await client.script(['RCPT TO:<c@d>', 250], ['DATA', 354], ['x\r\n.', 250], ['MAIL FROM:<a@b>', 250]);
  expect(first.calls).toEqual(['open', 'mail', 'rcpt', 'data', 'close']);
  expect(second.calls).toEqual(['open', 'mail']);
});
