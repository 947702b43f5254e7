import { expect, test } from 'vitest';
import { parseXforward } from '../../../src/adapters/smtp/xforward.ts';

const parse = (line: string) => parseXforward(Buffer.from(line));

test('values are decoded from xtext; [UNAVAILABLE] and case stay', () => {
  const line =
    'XFORWARD name=Client.example ADDR=IPv6:2001:db8::1 HELO=a+20+2B+C3+A4 PORT=[UNAVAILABLE] SOURCE=LOCAL IDENT=';
  expect(parse(line)).toEqual(
    new Map([
      ['NAME', 'Client.example'],
      ['ADDR', 'IPv6:2001:db8::1'],
      ['HELO', 'a +ä'],
      ['PORT', '[UNAVAILABLE]'],
      ['SOURCE', 'LOCAL'],
      ['IDENT', ''],
    ]),
  );
});

test.each([
  'XFORWARD',
  'XFORWARD NAME',
  'XFORWARD FOO=bar',
  'XFORWARD NAME=a+0D+0Ab',
  'XFORWARD HELO=a FOO=b',
  'XFORWARD =x',
])('%j is 501', (line) => {
  expect(parse(line)).toMatchObject({ code: 501 });
});
