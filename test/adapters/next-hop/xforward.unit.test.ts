import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientInfo } from '../../../src/actors/ports/mail.ts';
import { encodeXtext, xforwardCommands } from '../../../src/adapters/next-hop/xforward.ts';

const offered = ['NAME', 'ADDR', 'PROTO', 'HELO', 'SOURCE', 'PORT', 'IDENT'];

function client(changes: Partial<ClientInfo> = {}): ClientInfo {
  return { id: 's1', address: '127.0.0.1', port: 4711, helo: 'mx.example', xforward: new Map(), ...changes };
}

test('xtext encodes what RFC 3461 says, as UTF-8, and nothing else', () => {
  expect(encodeXtext('a+b=c d\r\nMAIL é~!')).toBe('a+2Bb+3Dc+20d+0D+0AMAIL+20+C3+A9~!');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodeXtext(text);
      expect(encoded).toMatch(/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/);
      const bytes = encoded.replace(/\+([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      expect(Buffer.from(bytes, 'latin1').toString()).toBe(text);
    }),
  );
});

test('what was forwarded to us goes on, and what is missing is [UNAVAILABLE]', () => {
  const xforward = new Map([
    ['NAME', 'spike.example'],
    ['ADDR', '2001:db8::1'],
    ['HELO', 'größe +='],
  ]);
  expect(xforwardCommands(client({ xforward }), offered, false)).toEqual([
    'XFORWARD NAME=spike.example ADDR=IPV6:2001:db8::1 PROTO=[UNAVAILABLE] HELO=gr+C3+B6+C3+9Fe+20+2B+3D SOURCE=[UNAVAILABLE] PORT=[UNAVAILABLE] IDENT=[UNAVAILABLE]',
  ]);
});

test('an address that has its prefix already keeps it once', () => {
  const xforward = new Map([['ADDR', 'IPV6:2001:db8::1']]);
  expect(xforwardCommands(client({ xforward }), ['ADDR'], false)).toEqual(['XFORWARD ADDR=IPV6:2001:db8::1']);
});

test.each([
  ['192.0.2.7', 'ADDR=192.0.2.7'],
  ['::ffff:192.0.2.7', 'ADDR=192.0.2.7'],
  ['2001:db8::7', 'ADDR=IPV6:2001:db8::7'],
])('a client from elsewhere, %s, is told of by its connection', (address, expected) => {
  expect(xforwardCommands(client({ address }), offered, false)).toEqual([
    `XFORWARD NAME=[UNAVAILABLE] ${expected} PROTO=ESMTP HELO=mx.example SOURCE=REMOTE PORT=4711 IDENT=[UNAVAILABLE]`,
  ]);
});

test('a port that is not known, as in a release from quarantine, is [UNAVAILABLE]', () => {
  const commands = xforwardCommands(client({ address: '192.0.2.7', port: 0 }), ['PORT', 'ADDR'], false);
  expect(commands).toEqual(['XFORWARD PORT=[UNAVAILABLE] ADDR=192.0.2.7']);
});

test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', 'unix'])(
  'a client from this machine, %s, is not, but takes back what was told of another on this connection',
  (address) => {
    expect(xforwardCommands(client({ address }), offered, false)).toEqual([]);
    expect(xforwardCommands(client({ address }), ['NAME', 'ADDR'], true)).toEqual([
      'XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE]',
    ]);
  },
);

test('nothing is sent to a server that offers none of what is known', () => {
  expect(xforwardCommands(client({ address: '192.0.2.7' }), [], false)).toEqual([]);
  expect(xforwardCommands(client({ xforward: new Map([['IDENT', 'x']]) }), ['NAME'], false)).toEqual([]);
});

test('commands are split at 512 characters, and what fits in none is [UNAVAILABLE]', () => {
  const xforward = new Map([
    ['NAME', 'n'.repeat(300)],
    ['HELO', 'h'.repeat(300)],
    ['IDENT', 'é'.repeat(255)],
  ]);
  const commands = xforwardCommands(client({ xforward }), ['NAME', 'HELO', 'IDENT'], false);
  expect(commands).toEqual([
    `XFORWARD NAME=${'n'.repeat(300)}`,
    `XFORWARD HELO=${'h'.repeat(300)} IDENT=[UNAVAILABLE]`,
  ]);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 600 }), { minLength: 7, maxLength: 7 }), (values) => {
      const all = new Map(offered.map((name, index) => [name, values[index] ?? '']));
      const lines = xforwardCommands(client({ xforward: all }), offered, false);
      for (const line of lines) expect(line.length + 2).toBeLessThanOrEqual(512);
      expect(lines.flatMap((line) => line.split(' ').slice(1)).map((pair) => pair.split('=')[0])).toEqual(offered);
    }),
  );
});
