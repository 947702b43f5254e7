import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../../../src/console/http/server.ts';
import { ConsoleLab } from '../../support/console.ts';
import { eventually } from '../../support/eventually.ts';

let lab: ConsoleLab;
const sockets: Socket[] = [];
beforeEach(async () => {
  lab = new ConsoleLab();
  await lab.start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await lab.close();
});

/** A connection, and everything that came by it. */
async function open(localAddress = '127.0.0.1') {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(lab.server.url).port), localAddress });
  sockets.push(socket);
  const seen = { text: '', isOver: false, socket };
  socket.on('data', (chunk) => (seen.text += chunk)).on('error', () => {});
  socket.on('close', () => (seen.isOver = true));
  await once(socket, 'connect');
  return seen;
}

const authorization = () => `Authorization: Bearer ${lab.tokens.get('administrator')}\r\n`;
const statusOf = (text: string) => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];

describe('slow loris', () => {
  test('who says nothing, or a header line now and then, is cut off', async () => {
    const [silent, slow] = [await open(), await open()];
    slow.socket.write('GET /api/status HTTP/1.1\r\nHost: localhost\r\n');
    const timer = setInterval(() => slow.socket.write('X-More: yes\r\n'), 300);
    await eventually('both are cut off', () => silent.isOver && slow.isOver);
    clearInterval(timer);
    expect(statusOf(slow.text)).not.toBe('200');
  });

  test('so is who sends a body byte by byte', async () => {
    const slow = await open();
    slow.socket.write(
      `POST /api/restart HTTP/1.1\r\nHost: localhost\r\n${authorization()}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
    );
    const timer = setInterval(() => slow.socket.write(' '), 300);
    await eventually('it is cut off', () => slow.isOver);
    clearInterval(timer);
    expect(lab.given).toEqual([]);
  });
});

test('a thousand connections of one address leave room for another, and for all when they are gone', async () => {
  const many = await Promise.all(Array.from({ length: 1000 }, () => open()));
  const isOpen = () => many.filter(({ isOver }) => !isOver).length;
  await eventually('those beyond the limit are closed', () => isOpen() <= limits.connections.perAddressMax);
  const other = await open('127.0.0.2');
  other.socket.write(`GET /api/status HTTP/1.1\r\nHost: localhost\r\n${authorization()}\r\n`);
  await eventually('the other is answered', () => statusOf(other.text) === '200');
  await eventually('those who say nothing are gone', () => isOpen() === 0);
  const ask = () => lab.ask('GET', '/api/status', { as: 'read-only' }).catch(() => undefined);
  await eventually('this one is answered again', async () => (await ask())?.status === 200);
});

test('of all addresses together there are no more than the limit', async () => {
  const { max, perAddressMax } = limits.connections;
  const addresses = Array.from({ length: max / perAddressMax + 2 }, (_, index) => `127.0.1.${index + 1}`);
  const many = await Promise.all(
    addresses.flatMap((address) => Array.from({ length: perAddressMax }, () => open(address))),
  );
  await eventually('those beyond the limit are closed', () => many.filter(({ isOver }) => !isOver).length <= max);
});

describe('what is too large', () => {
  test('a body without a length is cut off at its limit', async () => {
    const large = await open();
    large.socket.write(
      `POST /api/restart HTTP/1.1\r\nHost: localhost\r\n${authorization()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let chunks = 0; chunks < 20; chunks++) large.socket.write(`1000\r\n${' '.repeat(4096)}\r\n`);
    await eventually('an answer', () => statusOf(large.text) === '413');
    expect(lab.given).toEqual([]);
  });

  test('without a token no body is read', async () => {
    const large = await open();
    large.socket.write(
      'POST /api/restart HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n',
    );
    await eventually('an answer', () => statusOf(large.text) === '401');
  });

  test('headers', async () => {
    const large = await open();
    large.socket.write(`GET /api/status HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`);
    await eventually('it is over', () => large.isOver);
    expect(statusOf(large.text)).not.toBe('200');
  });
});

test.each([
  ['what is no HTTP', 'hello\r\n\r\n'],
  ['two lengths', 'POST /api/restart HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
  [
    'a length beside chunks',
    'POST /api/restart HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a control character in a header', 'GET /api/status HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n'],
])('%s is 400, and the connection is over', async (_, text) => {
  const wrong = await open();
  wrong.socket.write(text);
  await eventually('it is over', () => wrong.isOver);
  expect(statusOf(wrong.text)).toBe('400');
});
