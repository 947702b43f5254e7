import type { Entry } from '../found.ts';
import { ANYTHING_BYTES_MIN, ANYTHING_MAX } from './encoded-limits.ts';
import { looksLikeFile } from './file-signatures.ts';

/** Shorter lists are colours, coordinates and the like. */
const NUMBERS_MIN = 32;
/** So many numbers, each with what parts it from the next, take at least so many bytes. */
const STRIDE = NUMBERS_MIN * 2;
/** Most bytes between two numbers: white space and line ends of listings. */
const GAP_BYTES_MAX = 64;

const PART = 1;
const NUMBER = 2;
/** What each byte may be a part of: a number in decimal, hexadecimal or octal digits, what parts two of them. */
const KIND = new Uint8Array(256);
for (const character of ' \t\r\n,;|_"\'') KIND[character.charCodeAt(0)] = PART;
for (const character of '0123456789abcdefABCDEFxXhHo&-') KIND[character.charCodeAt(0)] = NUMBER;

const VALUE = /^(?:(-?\d{1,3})|0x([0-9a-f]{1,2})|&h([0-9a-f]{1,2})|0o([0-7]{1,3})|([0-9a-f]{2})h)$/i;

/** Longest script that is written anew for `Chr`, bytes. */
const TEXT_BYTES_MAX = 64 * 1024 ** 2;

/** A character by its number in Basic and JavaScript, as one of many that are added. */
const CHARACTER = /\b(?:chr[bw]?\$?|(?:String\.)?fromCharCode)\s?\(\s?([^()]{1,6}?)\s?\)\s?[&+]?/gi;

/**
 * Files as lists of the values of their bytes in scripts and macros: `[77, 90, 144]`, `0x4d,0x5a`, `&H4D, &H5A`,
 * `Chr(77) & Chr(90)`.
 */
export function* readNumberLists(bytes: Buffer): Generator<Entry> {
  yield* listsIn(bytes);
  if (
    bytes.length > TEXT_BYTES_MAX ||
    !['Chr', 'chr', 'CHR', 'CharCode'].some((name) => bytes.includes(name, 0, 'latin1'))
  )
    return;
  const text = bytes.toString('latin1');
  const numbers = text.replace(CHARACTER, '$1,');
  if (numbers.length !== text.length) yield* listsIn(Buffer.from(numbers, 'latin1'));
}

function* listsIn(bytes: Buffer): Generator<Entry> {
  let count = 0;
  let anything = 0;
  for (let from = 0; from + STRIDE <= bytes.length; ) {
    let at = from + STRIDE - 1;
    while (at >= from && KIND[bytes[at] ?? 0]) at -= 1;
    if (at >= from) {
      from = at + 1;
      continue;
    }
    const list = takeList(bytes, from);
    from = list.end;
    if (list.content.length < NUMBERS_MIN) continue;
    if (!looksLikeFile(list.content)) {
      if (list.content.length < ANYTHING_BYTES_MIN || anything >= ANYTHING_MAX) continue;
      anything += 1;
    }
    count += 1;
    yield { name: `numbers-${count}`, content: list.content, encoded: 'block' };
  }
}

/** Numbers from here on, as long as each is the value of a byte and parted from the next by one comma, or the like, at most. */
function takeList(bytes: Buffer, start: number): { content: Buffer; end: number } {
  const values: number[] = [];
  let at = start;
  while (at < bytes.length && KIND[bytes[at] ?? 0] === PART) at += 1;
  for (;;) {
    let end = at;
    while (end < bytes.length && KIND[bytes[end] ?? 0] === NUMBER) end += 1;
    const value = end - at > 5 ? undefined : byteOf(bytes.toString('latin1', at, end));
    // Something else in between: what stood before it may have been one list, and what follows another.
    if (value === undefined) return { content: Buffer.from(values), end: Math.max(end, at + 1) };
    values.push(value);
    at = end;
    const limit = Math.min(bytes.length, end + GAP_BYTES_MAX);
    while (at < limit && KIND[bytes[at] ?? 0] === PART) at += 1;
    if (at === end || at >= bytes.length) return { content: Buffer.from(values), end: Math.max(at, end + 1) };
  }
}

function byteOf(text: string): number | undefined {
  const found = VALUE.exec(text);
  if (found === null) return undefined;
  const [, decimal, c, basic, octal, assembler] = found;
  const hexadecimal = c ?? basic ?? assembler;
  const value =
    decimal !== undefined
      ? Number(decimal)
      : hexadecimal !== undefined
        ? Number.parseInt(hexadecimal, 16)
        : Number.parseInt(octal ?? '', 8);
  // Signed bytes, as Java and PowerShell write them.
  return value < -128 || value > 255 ? undefined : value & 0xff;
}
