import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Reply } from '../../../src/actors/ports/mail.ts';
import { SmtpClient } from '../../support/smtp-client.ts';
import { testPort } from './recording-reception.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-listen-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('several listeners at once', async () => {
  const path = join(folder, 'in.sock');
  await using at = await testPort({ listen: ['127.0.0.1:0', `unix:${path}`], unixSocketMode: 0o600 });
  expect(at.port.addresses[1]).toBe(`unix:${path}`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const address of at.port.addresses) {
    await using client = await SmtpClient.connect(address);
    const [ehlo] = await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
    expect(ehlo?.text, 'loopback and unix are trusted by default').toContain('XFORWARD');
  }
  expect(at.reception.clients.map(({ address }) => address)).toEqual(['127.0.0.1', 'unix']);
  expect(new Set(at.reception.clients.map(({ id }) => id)).size).toBe(2);
  await at.port.drain(0);
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!hasIpv6)('IPv6', async () => {
  await using at = await testPort({ listen: ['[::1]:0'] });
  expect(at.address).toMatch(/^\[::1\]:\d+$/);
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
  expect(at.reception.clients[0]?.address).toBe('::1');
});

test('an IPv4 client of a dual-stack listener has its IPv4 address', async (context) => {
  if (!hasIpv6) context.skip();
  await using at = await testPort({ listen: ['[::]:0'], xforwardFrom: ['127.0.0.1'] });
  await using client = await SmtpClient.connect(`127.0.0.1:${at.address.split(':').at(-1)}`);
  await client.script(['EHLO a', 250], ['XFORWARD NAME=a', 250], ['MAIL FROM:<a@b>', 250]);
  expect(at.reception.clients[0]?.address).toBe('127.0.0.1');
});

test('a port in use says so, and nothing else stays open', async () => {
  await using at = await testPort();
  const path = join(folder, 'in.sock');
  const failed = testPort({ listen: [`unix:${path}`, at.address] });
  await expect(failed).rejects.toThrow(`cannot listen on ${at.address}: another program listens there`);
  expect(await readdir(folder)).toEqual([]);
});

test('an address that is not ours, and a folder that is missing', async () => {
  await expect(testPort({ listen: ['192.0.2.1:0'] })).rejects.toThrow('this machine does not have that address');
  await expect(testPort({ listen: [`unix:${folder}/no/in.sock`] })).rejects.toThrow(/cannot listen on unix:/);
});

test('a stale unix socket is replaced; one in use and a plain file are left alone', async () => {
  const path = join(folder, 'in.sock');
  const left = createServer();
  await new Promise<void>((resolve) => left.listen(path, resolve));
  await expect(testPort({ listen: [`unix:${path}`] })).rejects.toThrow('another program listens there');
  // Closing removes the file; a crash does not. So a hard link plays the file that a crash left.
  const stale = join(folder, 'stale.sock');
  const { link } = await import('node:fs/promises');
  await link(path, stale);
  await new Promise((resolve) => left.close(resolve));
  await using at = await testPort({ listen: [`unix:${stale}`] });
  await using _client = await SmtpClient.connect(at.address);
  const plain = join(folder, 'plain');
  await writeFile(plain, 'precious');
  await expect(testPort({ listen: [`unix:${plain}`] })).rejects.toThrow('a file that is no socket is there');
});

test('bad addresses are refused before anything listens', async () => {
  await expect(testPort({ listen: ['10025'] })).rejects.toThrow('"10025" is no listen address');
  await expect(testPort({ xforwardFrom: ['example.org'] })).rejects.toThrow('"example.org" is no IP address');
});

test('drain: 421 to who is idle, a message in DATA is taken and answered first, then 421', async () => {
  await using at = await testPort();
  await using idle = await SmtpClient.connect(at.address);
  await using between = await SmtpClient.connect(at.address);
  await between.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250]);
  await using sending = await SmtpClient.connect(at.address);
  await sending.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 250], ['DATA', 354]);
  await sending.raw('half');
  const drained = at.port.drain(20_000);
  await idle.expect(421);
  await between.expect(421);
  await sending.line(' and half', '.', 'NOOP');
  await sending.expect(250);
  await sending.expect(421);
  await drained;
  expect(await sending.closed()).toBe('');
  expect(at.reception.contents.map(String)).toEqual(['half and half\r\n']);
  await expect(SmtpClient.connect(at.address)).rejects.toThrow();
});

test('drain: an answer that is being found is waited for, and no further command is taken', async () => {
  await using at = await testPort();
  let answer: (reply: Reply) => void = () => undefined;
  at.reception.onMail = () => new Promise((resolve) => (answer = resolve));
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250]);
  await client.line('MAIL FROM:<a@b>', 'RCPT TO:<c@d>');
  await at.reception.called('mail');
  const drained = at.port.drain(20_000);
  answer({ code: 250, text: 'OK' });
  await client.expect(250);
  await client.expect(421);
  await drained;
  expect(at.reception.calls).toEqual(['open', 'mail', 'reset', 'close']);
});

test('drain: who does not finish within the limit is cut off with 421', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  await client.script(['EHLO a', 250], ['MAIL FROM:<a@b>', 250], ['RCPT TO:<c@d>', 250], ['DATA', 354]);
  await at.port.drain(30);
  await client.expect(421);
  await client.closed();
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'reset', 'close']);
});
