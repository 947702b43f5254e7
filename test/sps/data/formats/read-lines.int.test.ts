import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lineBytesMax, readLines } from '../../../../src/sps/data/formats/read-lines.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const lines = (content: string | Buffer) => {
  const file = join(folder, 'file');
  writeFileSync(file, content);
  return [...readLines(file)];
};
const texts = (content: string | Buffer) => lines(content).map(({ text }) => text);

test('lines end with LF or CRLF; the last may end with the file', () => {
  expect(texts('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c']);
  expect(texts('a\n')).toEqual(['a']);
  expect(texts('')).toEqual([]);
  expect(lines('a\nb\n').map(({ number }) => number)).toEqual([1, 2]);
});

test('a long file comes out whole, across the borders of what is read at once', () => {
  const expected = Array.from({ length: 60_000 }, (_, n) => `line ${n} ${'é'.repeat(n % 40)}`);
  expect(texts(`${expected.join('\n')}\n`)).toEqual(expected);
});

test('a line over the limit is cut and says so; the next ones are not hurt, even after 3 MB without a line end', () => {
  const found = lines(`${'x'.repeat(lineBytesMax)}\n${'y'.repeat(lineBytesMax + 1)}\n${'z'.repeat(3_000_000)}\nend`);
  expect(found.map(({ isCut }) => isCut)).toEqual([false, true, true, false]);
  expect(found.map(({ text }) => text.length)).toEqual([lineBytesMax, lineBytesMax, lineBytesMax, 3]);
});

test('bytes that are not UTF-8 are kept apart from text', () => {
  expect(texts(Buffer.from([0x61, 0xff, 0x0a, 0x62]))).toEqual(['a\ufffd', 'b']);
});
