import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonEvent, readJson } from '../../../../src/sps/data/formats/json-values.ts';
import { BadLine } from '../../../../src/sps/data/formats/signature-line.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-json-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): JsonEvent[] {
  const file = join(folder, 'file.json');
  writeFileSync(file, text);
  return [...readJson(file, () => {})];
}

/** What the reader should tell, made of what JSON.parse says. */
function* told(value: unknown, depth: number, key?: string, list?: string): Generator<JsonEvent> {
  if (typeof value !== 'object' || value === null)
    yield { kind: 'value', depth, key, list, value: value as string | number | boolean | null };
  else {
    yield { kind: 'begin', depth: depth + 1 };
    if (Array.isArray(value)) for (const one of value) yield* told(one, depth + 1, undefined, key ?? list);
    else for (const [name, one] of Object.entries(value)) yield* told(one, depth + 1, name, undefined);
    yield { kind: 'end', depth: depth + 1 };
  }
}

test('any JSON is told as JSON.parse has it, however it is spaced', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
      expect(read(spaced)).toEqual([...told(JSON.parse(text), 0)]);
    }),
    { numRuns: 300 },
  );
});

test('texts across what is read at once, with escapes and kanji, come out whole', () => {
  const value = Array.from({ length: 9000 }, (_, number) => `${'\\"日本\n'.repeat(number % 60)}${number}`);
  expect(read(JSON.stringify({ list: value })).filter(({ kind }) => kind === 'value')).toEqual(
    value.map((value) => ({ kind: 'value', depth: 2, key: undefined, list: 'list', value })),
  );
});

test('a text of 3 MB is passed over, also when it is full of escapes; what follows is told', () => {
  for (const long of ['x'.repeat(3_000_000), '\\"'.repeat(1_500_000), '\\\\'.repeat(1_500_001)])
    expect(read(`{"a":"${long}","b":1}`)).toEqual([
      { kind: 'begin', depth: 1 },
      { kind: 'value', depth: 1, key: 'b', list: undefined, value: 1 },
      { kind: 'end', depth: 1 },
    ]);
});

test.each([
  ['{"a":', 'cut short'],
  ['["a', 'cut short'],
  ['[1,2', 'cut short'],
  ['{"a":1]', 'without a beginning'],
  [']', 'without a beginning'],
  ['[x]', 'no JSON'],
  ['[1.2.3]', 'no JSON'],
  ['["\\q"]', 'wrong escape'],
  ['[1111111111111111111111111111111x]', 'no JSON'],
  ['<html>', 'no JSON'],
])('%s is refused', (text, reason) => {
  expect(() => read(text)).toThrow(BadLine);
  expect(() => read(text)).toThrow(reason);
});

test('a word without end, and depth without end, are refused', () => {
  expect(() => read(`[${'1'.repeat(300_000)}]`)).toThrow('no JSON');
  expect(() => read('['.repeat(65))).toThrow('deeper than 64');
});
