import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRtf } from '../../../../src/adapters/unpack/documents/rtf.ts';
import { ole1Object, packaged, rtfWith } from '../../../support/documents.ts';
import { EICAR } from '../../../support/mails.ts';

const object = ole1Object('Package', packaged('a.exe', EICAR));
const names = (rtf: Buffer) =>
  [...readRtf(rtf)].filter(({ content }) => content?.equals(EICAR)).map(({ name }) => name);

/** What stands between digits and does not change them, as Word reads it. */
const between = fc.constantFrom(
  '\r\n',
  ' ',
  '\t',
  '\\par ',
  '\\x1234567 ',
  '{}',
  '{\\*\\y}',
  "\\'41",
  '\\~',
  '{\\ud{\\*\\z }}',
  '\\bin0 ',
);

test('an object with anything between its digits', () => {
  const places = fc.array(fc.tuple(fc.nat(object.length * 2), between), { maxLength: 40 });
  fc.assert(
    fc.property(places, (list) => {
      const sorted = [...list].sort(([a], [b]) => b - a);
      const rtf = rtfWith(object, (digits) =>
        sorted.reduce((text, [at, junk]) => text.slice(0, at) + junk + text.slice(at), digits),
      );
      expect(names(rtf)).toEqual(['a.exe']);
    }),
  );
});

test('digits in groups within that some readers skip, and others do not', () => {
  const half = object.length;
  expect(
    names(rtfWith(object, (digits) => `${digits.slice(0, half)}{\\*\\nobody 414141}${digits.slice(half)}`)),
  ).toEqual(['a.exe']);
  expect(names(rtfWith(object, (digits) => `{${digits}}`))).toEqual(['a.exe']);
});

test('not closed, in capitals, with a wrong version, after white space', () => {
  expect(names(rtfWith(object).subarray(0, -40))).toEqual(['a.exe']);
  expect(names(rtfWith(object, (digits) => digits.toUpperCase()))).toEqual(['a.exe']);
  expect(names(Buffer.from(rtfWith(object).toString('latin1').replace('{\\rtf1', ' {\\rt')))).toEqual(['a.exe']);
});

describe('text has no files', () => {
  test.each([
    '{\\rtf1 Dear face, decade 1234567890 and added 0123456789 0123456789 0123456789 0123456789 abcdefabcdef\\par}',
    '{\\rtf1{\\fonttbl{\\f0\\fnil\\fcharset0{\\*\\panose 02020603050405020304}Times;}}{\\*\\rsidtbl\\rsid1234567\\rsid7654321}text}',
  ])('%s', (text) => expect([...readRtf(Buffer.from(text))]).toEqual([]));
});
