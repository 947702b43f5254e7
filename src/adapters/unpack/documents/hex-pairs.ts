import type { Entry } from '../found.ts';
import { hasFileSignature, isBinary } from './file-signatures.ts';

const PAIRS_MIN = 24;
/** So many pairs, each with what parts it from the next, take at least so many bytes. */
const STRIDE = PAIRS_MIN * 2;
const GAP_BYTES_MAX = 16;
const PART = 1;
const DIGIT = 2;
const KIND = new Uint8Array(256);
for (const character of ' \t\r\n,:;-|\\') KIND[character.charCodeAt(0)] = PART;
for (const character of '0123456789abcdefABCDEF') KIND[character.charCodeAt(0)] = DIGIT;

/**
 * Files as pairs of hexadecimal digits that are parted: `4D-5A-90` as .NET writes bytes, `hex:4d,5a,90` in files of the registry of
 * Windows, `4d 5a 90`. Dumps and fingerprints look like that, too: only what begins as a file counts.
 */
export function* readHexPairs(bytes: Buffer): Generator<Entry> {
  if (isBinary(bytes)) return;
  let count = 0;
  for (let from = 0; from + STRIDE <= bytes.length; ) {
    let at = from + STRIDE - 1;
    while (at >= from && KIND[bytes[at] ?? 0]) at -= 1;
    if (at >= from) {
      from = at + 1;
      continue;
    }
    const pairs = takePairs(bytes, from);
    from = pairs.end;
    if (pairs.content.length < PAIRS_MIN || !hasFileSignature(pairs.content)) continue;
    count += 1;
    yield { name: `pairs-${count}`, content: pairs.content, encoded: 'block' };
  }
}

/** Pairs from here on, up to the first digits that are none. */
function takePairs(bytes: Buffer, start: number): { content: Buffer; end: number } {
  const values: number[] = [];
  let at = start;
  while (KIND[bytes[at] ?? 0] === PART) at += 1;
  for (;;) {
    let end = at;
    while (KIND[bytes[end] ?? 0] === DIGIT) end += 1;
    if (end - at !== 2) return { content: Buffer.from(values), end: Math.max(end, at + 1) };
    values.push(Number.parseInt(bytes.toString('latin1', at, end), 16));
    at = end;
    while (at < end + GAP_BYTES_MAX && KIND[bytes[at] ?? 0] === PART) at += 1;
    if (at === end) return { content: Buffer.from(values), end: end + 1 };
  }
}
