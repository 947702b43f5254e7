import type { Entry } from '../found.ts';
import { byteLists } from './byte-lists.ts';
import { ANYTHING_BYTES_MIN, ANYTHING_MAX } from './encoded-limits.ts';
import { looksLikeFile } from './file-signatures.ts';

const VALUE = /^(?:(-?\d{1,3})|0x([0-9a-f]{1,2})|&h([0-9a-f]{1,2})|0o([0-7]{1,3})|([0-9a-f]{2})h)$/i;

const numbers = byteLists({
  parts: ' \t\r\n,;|_"\'',
  digits: '0123456789abcdefABCDEFxXhHo&-',
  // Shorter lists are colours, coordinates and the like.
  valuesMin: 32,
  // White space and line ends of listings.
  gapBytesMax: 64,
  valueAt: (bytes, start, end) => (end - start > 5 ? undefined : byteOf(bytes.toString('latin1', start, end))),
});

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
  const written = text.replace(CHARACTER, '$1,');
  if (written.length !== text.length) yield* listsIn(Buffer.from(written, 'latin1'));
}

function* listsIn(bytes: Buffer): Generator<Entry> {
  let count = 0;
  let anything = 0;
  for (const content of numbers(bytes)) {
    if (!looksLikeFile(content)) {
      if (content.length < ANYTHING_BYTES_MIN || anything >= ANYTHING_MAX) continue;
      anything += 1;
    }
    count += 1;
    yield { name: `numbers-${count}`, content, encoded: 'block' };
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
