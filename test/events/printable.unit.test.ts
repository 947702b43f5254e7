import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/events/printable.ts';

test('text that people read stays as it is', () => {
  const text = 'Rechnung "März" – 請求書 😀 C:\\temp\\x.exe عربي';
  expect(printable(text)).toBe(text);
});

test.each([
  ['escape sequences', 'a\x1b[2Jb', 'a\\u{1b}[2Jb'],
  ['line ends and tabs', 'a\r\n\tb', 'a\\u{d}\\u{a}\\u{9}b'],
  ['C1 controls', 'a\u009bb', 'a\\u{9b}b'],
  ['right-to-left override', 'invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
  ['isolates and marks', '\u2066a\u2069\u200f', '\\u{2066}a\\u{2069}\\u{200f}'],
  ['zero-width characters', 'a\u200b\ufeffb', 'a\\u{200b}\\u{feff}b'],
  ['line separators', 'a\u2028\u2029b', 'a\\u{2028}\\u{2029}b'],
  ['lone surrogates', 'a\ud800b', 'a\\u{d800}b'],
  ['private and unassigned characters', '\ue000\u{e0080}', '\\u{e000}\\u{e0080}'],
  ['text that reads like an escape', 'a\\u{202e}', 'a\\u{5c}u{202e}'],
])('%s are escaped', (_, text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('no two texts look the same, and nothing invisible is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      const back = shown.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)));
      expect(back).toBe(text);
    }),
  );
});
