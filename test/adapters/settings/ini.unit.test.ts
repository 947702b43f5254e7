import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIni } from '../../../src/adapters/settings/ini.ts';

const pairs = (text: string) => parseIni(text).entries.map(({ section, key, value }) => `${section}.${key}=${value}`);
const faults = (text: string) => parseIni(text).faults.map(({ line, message }) => `${line}: ${message}`);

describe('what a settings file may look like', () => {
  test.each([
    ['plain', '[a]\nb = c', ['a.b=c']],
    ['no spaces', '[a]\nb=c', ['a.b=c']],
    ['a value with = in it', '[a]\nb = c=d', ['a.b=c=d']],
    ['indented', '  [ a ]  \n\t b  =  c  ', ['a.b=c']],
    ['CRLF', '[a]\r\nb = c\r\n', ['a.b=c']],
    ['CR alone', '[a]\rb = c\r', ['a.b=c']],
    ['byte order mark', '\uFEFF[a]\nb = c', ['a.b=c']],
    ['comments', '; x\n# y\n[a] ; z\nb = c # d\ne = f ; g', ['a.b=c', 'a.e=f']],
    ['no comment without a space before it', '[a]\nb = c#d;e', ['a.b=c#d;e']],
    ['nothing, then a comment', '[a]\nb = ; nothing', ['a.b=']],
    ['empty value', '[a]\nb =', ['a.b=']],
    ['quotes keep spaces and comment signs', '[a]\nb = "  c ; d # e "  ; f', ['a.b=  c ; d # e ']],
    ['escapes in quotes', '[a]\nb = "say \\"a\\\\b\\""', ['a.b=say "a\\b"']],
    ['brackets in a value', '[a]\nb = [c]', ['a.b=[c]']],
    ['empty file', '', []],
  ])('%s', (_name, text, expected) => {
    expect(pairs(text)).toEqual(expected);
    expect(faults(text)).toEqual([]);
  });

  test('each entry knows its line, whatever the line ends', () => {
    expect(parseIni('\r\n; x\r\n[a]\r\n\r\nb = c').entries[0]?.line).toBe(5);
  });
});

describe('what it may not', () => {
  test.each([
    ['a word alone', '[a]\nb', ['2: is neither [section] nor key = value nor a comment']],
    [
      'an unclosed section',
      '[a\nb = c',
      ['1: is neither [section] nor key = value nor a comment', '2: b stands before any [section]'],
    ],
    ['an empty section name', '[]', ['1: is neither [section] nor key = value nor a comment']],
    ['no key', '[a]\n= c', ['2: is neither [section] nor key = value nor a comment']],
    ['a key before any section', 'b = c', ['1: b stands before any [section]']],
    ['an unclosed quote', '[a]\nb = "c', ['2: the quoted value of b does not end, or more follows it']],
    ['text after a quote', '[a]\nb = "c" d', ['2: the quoted value of b does not end, or more follows it']],
    ['an unknown escape', '[a]\nb = "\\n"', ['2: the quoted value of b does not end, or more follows it']],
    ['a key twice', '[a]\nb = c\n\nb = d', ['4: [a] b stands on line 2 already']],
    ['a section twice', '[a]\nb = c\n[d]\n[a]\ne = f', ['4: [a] stands on line 1 already']],
  ])('%s', (_name, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('of a key given twice the first stays', () => {
    expect(pairs('[a]\nb = c\nb = d')).toEqual(['a.b=c']);
  });
});

test('any text is read without throwing, and no fault lies outside it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const lineCount = text.split(/\r\n|\n|\r/).length;
      for (const { line } of parseIni(text).faults) expect(line).toBeLessThanOrEqual(lineCount);
    }),
  );
});

test('any printable value survives being quoted', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const quoted = value.replace(/["\\]/g, '\\$&');
      expect(parseIni(`[a]\nb = "${quoted}"`).entries[0]?.value).toBe(value);
    }),
  );
});
