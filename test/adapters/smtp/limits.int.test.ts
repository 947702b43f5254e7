import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Reply } from '../../../src/actors/ports/mail.ts';
import { SmtpClient } from '../../support/smtp-client.ts';
import { testPort } from './recording-reception.ts';

const HEAD = [
  ['EHLO a', 250],
  ['MAIL FROM:<a@b>', 250],
  ['RCPT TO:<c@d>', 250],
  ['DATA', 354],
] as const;

test('clientsMax: 421 instead of the greeting, and room again when one leaves', async () => {
  await using at = await testPort({ limits: { clientsMax: 2 } });
  await using first = await SmtpClient.connect(at.address);
  await using _second = await SmtpClient.connect(at.address);
  await using third = await SmtpClient.connect(at.address, 421);
  await third.closed();
  await first.script(['QUIT', 221]);
  await using _fourth = await SmtpClient.connect(at.address);
  expect(at.port.clients()).toBe(2);
});

test('clientsPerAddressMax counts each address alone', async () => {
  await using at = await testPort({ listen: ['0.0.0.0:0'], limits: { clientsPerAddressMax: 1 } });
  const port = at.address.split(':')[1];
  await using _first = await SmtpClient.connect(`127.0.0.1:${port}`);
  await using second = await SmtpClient.open(`127.0.0.1:${port}`);
  await second.expect(421, /from your address/);
});

test('messageBytesMax: 552 to MAIL for a declared size, after the dot for a real one; the connection stays', async () => {
  await using at = await testPort({ limits: { messageBytesMax: 1000 } });
  await using client = await SmtpClient.connect(at.address);
  await client.script(
    ['EHLO a', 250],
    ['MAIL FROM:<a@b> SIZE=1001', 552],
    ['MAIL FROM:<a@b> SIZE=1000', 250],
    ['RSET', 250],
  );
  expect(await client.send(`${'x'.repeat(999)}\r\n`)).toMatchObject({ code: 552 });
  expect(at.spool.memoryBytes()).toBe(0);
  expect(await client.send(`${'x'.repeat(998)}\r\n`)).toMatchObject({ code: 250 });
  expect(at.reception.calls).toEqual(['open', 'mail', 'reset', 'mail', 'rcpt', 'reset', 'mail', 'rcpt', 'data']);
});

test('recipientsMax: 452 4.5.3, those before it stay, refused ones do not count', async () => {
  await using at = await testPort({ limits: { recipientsMax: 2 } });
  at.reception.onRcpt = ({ path }) => (path === 'no@x' ? { code: 550, text: 'no' } : { code: 250, text: 'OK' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<no@x>', 550], ['RCPT TO:<a@x>', 250]);
  await client.script(['RCPT TO:<b@x>', 250], ['RCPT TO:<c@x>', 452], ['DATA', 354], ['x\r\n.', 250]);
});

test('idleMsMax: 421 to a silent client, in DATA too', async () => {
  await using at = await testPort({ limits: { idleMsMax: 50 } });
  await using idle = await SmtpClient.connect(at.address);
  await idle.expect(421);
  await idle.closed();
  await using inData = await SmtpClient.connect(at.address);
  await inData.script(...HEAD);
  await inData.expect(421);
  await at.reception.called('close');
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset', 'close']);
});

test('idleMsMax does not count while the client waits for us', async () => {
  await using at = await testPort({ limits: { idleMsMax: 20 } });
  at.reception.onData = () => new Promise((resolve) => setTimeout(() => resolve({ code: 250, text: 'late' }), 100));
  await using client = await SmtpClient.connect(at.address);
  expect(await client.send('x\r\n')).toMatchObject({ code: 250, text: 'late' });
});

test('dataMsMax: 421 to a client that trickles', async () => {
  await using at = await testPort({ limits: { dataMsMax: 60 } });
  await using client = await SmtpClient.connect(at.address);
  await client.script(...HEAD);
  const trickle = setInterval(() => client.raw('x'), 5);
  try {
    await client.expect(421, /took too long/);
  } finally {
    clearInterval(trickle);
  }
  await at.reception.called('close');
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset', 'close']);
});

test('commandBytesMax: 421', async () => {
  await using at = await testPort({ limits: { commandBytesMax: 1000 } });
  await using client = await SmtpClient.connect(at.address);
  await client.script([`NOOP ${'x'.repeat(900)}`, 250]);
  await client.raw('x'.repeat(1001));
  await client.expect(421, /too long/);
});

test('badCommandsMax: 421 after so many, unknown ones and bad syntax together; 503 and refusals of the session do not count', async () => {
  await using at = await testPort({ limits: { badCommandsMax: 12 } });
  at.reception.onMail = () => ({ code: 501, text: 'of the next hop' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  for (let n = 0; n < 20; n++) await client.script(['MAIL FROM:<a@b>', 501], ['DATA', 503]);
  for (let n = 0; n < 10; n++) await client.script(['FOO', 500]);
  await client.script(['MAIL FROM:<', 501], ['MAIL FROM:<> X=1', 555]);
  await client.script(['HELO', 421]);
  await client.closed();
});

test.each([
  ['Received: x\r\n'.repeat(4), 554],
  ['Received: x\r\n'.repeat(3), 250],
  ['X-Sekisho: clean\r\n'.repeat(3), 554],
  ['X-Sekisho: clean\r\n'.repeat(2), 250],
  [`Subject: x\r\n\r\n${'Received: x\r\n'.repeat(9)}`, 250],
])('hopsMax and tracesMax: %j is %i', async (content, code) => {
  await using at = await testPort({ limits: { hopsMax: 3, tracesMax: 2 } });
  await using client = await SmtpClient.connect(at.address);
  const reply = await client.send(content);
  expect(reply.code).toBe(code);
  if (code === 554) expect(reply.text).toBe('5.4.6 Too many hops');
  expect(at.reception.calls.includes('data')).toBe(code === 250);
});

test.each([
  ['keep', 250, 'a\n.\nb\r.\rc\nd\r\n'],
  ['normalize', 250, 'a\r\n.\nb\r\n.\rc\nd\r\n'],
  ['refuse', 554, undefined],
] as const)('bareLineEnds %s: a smuggled dot is %i', async (bareLineEnds, code, received) => {
  await using at = await testPort({ bareLineEnds });
  await using client = await SmtpClient.connect(at.address);
  expect(await client.send('a\n.\nb\r.\rc\nd\r\n')).toMatchObject({ code });
  expect(at.reception.contents[0]?.toString()).toBe(received);
  expect(await client.send('a\nb\rc\r\n'), 'bare line ends alone are nobody to smuggle').toMatchObject({ code: 250 });
});

test.each(['\n.\n', '\r.\r', '\r\n.\n', '\n.\r\n', '\r\n.\r', '\r.\r\n'])('%j does not end DATA', async (end) => {
  await using at = await testPort({ bareLineEnds: 'keep' });
  await using client = await SmtpClient.connect(at.address);
  await client.script(...HEAD);
  await client.raw(`a${end}MAIL FROM:<evil@x>\r\nRCPT TO:<evil@y>\r\nDATA\r\n`);
  await client.line('.');
  await client.expect(250);
  await client.script(['NOOP', 250]);
  expect(at.reception.mails.map(({ path }) => path)).toEqual(['a@b']);
});

test('memory budget: what does not fit is spilled, every message arrives whole', async () => {
  await using at = await testPort({}, { memoryBytesMax: 100_000 });
  const bodies = Array.from({ length: 8 }, () => `${randomBytes(60_000).toString('base64')}\r\n`);
  at.reception.onData = (message): Reply => ({ code: 250, text: String(message.size) });
  await Promise.all(
    bodies.map(async (body) => {
      await using client = await SmtpClient.connect(at.address);
      expect(await client.send(body)).toMatchObject({ code: 250, text: String(body.length) });
    }),
  );
  expect(at.reception.contents.map(String).sort()).toEqual([...bodies].sort());
  expect(at.spool.memoryBytes()).toBe(0);
});

test('D8: a full disk is 452 4.3.1 after the dot, and the connection stays', async () => {
  await using at = await testPort({}, { memoryBytesMax: 1000, openFile: () => open('/dev/full', 'w') });
  await using client = await SmtpClient.connect(at.address);
  const reply = await client.send(`${'x'.repeat(200_000)}\r\n`);
  expect(reply.lines).toEqual(['452 4.3.1 Insufficient system storage']);
  expect(await client.send('small\r\n')).toMatchObject({ code: 250 });
  expect(at.reception.contents.map(String)).toEqual(['small\r\n']);
  expect(at.problems).toEqual([]);
});

test('a spool folder that vanished is 451, and the port says so', async () => {
  await using at = await testPort({}, { memoryBytesMax: 1000 });
  await rm(at.folder, { recursive: true });
  await using client = await SmtpClient.connect(at.address);
  expect(await client.send(`${'x'.repeat(2000)}\r\n`)).toMatchObject({ code: 451 });
  expect(at.problems.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')]);
});

test('NUL, 8-bit rubbish and 1 MB lines arrive byte for byte', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  const rubbish = Buffer.from(
    randomBytes(300_000).map((byte) => (byte === 0x0d || byte === 0x0a || byte === 0x2e ? 0 : byte)),
  );
  const content = Buffer.concat([
    Buffer.from('\0\xff\r\n'),
    rubbish,
    Buffer.alloc(1_048_576, 'x'),
    Buffer.from('\r\n'),
  ]);
  expect(await client.send(content)).toMatchObject({ code: 250 });
  expect(at.reception.contents[0]?.equals(content)).toBe(true);
});

test('350,000 stuffed dots are one message, quickly', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  expect(await client.send('..\r\n'.repeat(350_000))).toMatchObject({ code: 250 });
  expect(at.reception.contents[0]?.equals(Buffer.from('.\r\n'.repeat(350_000)))).toBe(true);
});
