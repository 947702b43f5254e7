import { expect, test } from 'vitest';
import { HopCounter } from '../../../src/adapters/smtp/hop-counter.ts';

function count(chunks: readonly string[]): [hops: number, traces: number] {
  const counter = new HopCounter('X-Sekisho');
  for (const chunk of chunks) counter.push(Buffer.from(chunk));
  return [counter.hops, counter.traces];
}

test.each([
  [
    'Received: a\r\n\tfrom b\r\nRECEIVED : c\r\nx-sekisho: clean\r\nSubject: Received: x\r\n\r\nReceived: body\r\n',
    [2, 1],
  ],
  ['Received: a\nReceived: b\n\nReceived: body\n', [2, 0]],
  [' Received: folded\r\nReceived-SPF: no\r\nX-Sekisho-Other: no\r\nReceived\r\n', [0, 0]],
  [`X: ${'x'.repeat(500)}\r\nReceived: a\r\n`, [1, 0]],
  ['\r\nReceived: body\r\n', [0, 0]],
  ['', [0, 0]],
] as const)('%j', (text, expected) => {
  expect(count([text])).toEqual(expected);
  expect(count([...text]), 'byte by byte').toEqual(expected);
});
