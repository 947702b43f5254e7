import { expect, test } from 'vitest';
import { archiveReadings, base64Readings, mailReadings } from '../../../src/adapters/unpack/readings.ts';

const texts = (readings: Buffer[]) => readings.map((reading) => reading.toString('latin1'));

test.each([
  ['', ['']],
  ['one', ['one']],
  ['one\r\n', ['one\r\n', 'one', 'one\n']],
  ['one\n', ['one\n', 'one', 'one\r\n']],
  ['a\r\nb', ['a\r\nb', 'a\nb']],
  ['a\nb\n\n', ['a\nb\n\n', 'a\nb\n', 'a\nb', 'a\r\nb\r\n\r\n', 'a\r\nb\r\n', 'a\r\nb']],
  ['a\rb\nc\r\n', ['a\rb\nc\r\n', 'a\rb\nc', 'a\r\nb\r\nc\r\n', 'a\r\nb\r\nc', 'a\nb\nc\n', 'a\nb\nc']],
  ['\r\n', ['\r\n', '\n']],
  ['a\0\nb\r\n', ['a\0\nb\r\n', 'a\0\nb']],
])('readings of %j in a mail', (text, expected) => expect(texts(mailReadings(Buffer.from(text)))).toEqual(expected));

test.each([
  ['one', ['one']],
  ['a\r\nb\r\n\r\n', ['a\r\nb\r\n\r\n', 'a\r\nb\r\n', 'a\r\nb']],
  ['a\0\n', ['a\0\n']],
])('readings of %j in an archive', (text, expected) =>
  expect(texts(archiveReadings(Buffer.from(text)))).toEqual(expected),
);

test('long text is not copied: only what shares the memory is given', () => {
  const text = Buffer.from('line\r\n'.repeat(100_000));
  const readings = mailReadings(text);
  expect(readings.map((reading) => reading.length)).toEqual([600_000, 599_998, 4].slice(0, 2));
  expect(readings.every((reading) => reading.buffer === text.buffer)).toBe(true);
});

test('in base64 only text has line ends that are open', () => {
  expect(texts(base64Readings(Buffer.from('a\0\r\n')))).toEqual(['a\0\r\n']);
  expect(texts(base64Readings(Buffer.from('a\n')))).toEqual(['a\n', 'a', 'a\r\n']);
});
