import type { Entry } from '../found.ts';
import { readCharacterReferences } from './character-references.ts';
import { ANYTHING_BYTES_MIN, ANYTHING_MAX } from './encoded-limits.ts';
import { type EncodedRun, encodedRuns, isDull, isHex } from './encoded-runs.ts';
import { readEscapedStrings } from './escaped-strings.ts';
import { hasFileSignature, looksLikeFile, looksLikeText } from './file-signatures.ts';
import { readHexPairs } from './hex-pairs.ts';
import { readNumberLists } from './number-lists.ts';
import { RegularPieces } from './regular-pieces.ts';

/** Shorter content is no file that anybody would encode. */
const CONTENT_BYTES_MIN = 24;
/** What stands before data that says of itself that it is base64: `data:` URIs, `atob(`, vCard, PowerShell, XML. */
const MARK =
  /(?:base64["']?[\s,:;>)(]*["'`]?|atob\(\s*["'`]?|encoding=b(?:ase64)?[^:\r\n]{0,60}:\s*|-e(?:nc\w*)? +["']?)$/i;
/** So many digits of a piece tell what it is; a multiple of four. */
const PREFIX_DIGITS = 64;
/** Of a last line. */
const LINE_DIGITS_MAX = 80;
const WORD = /^[A-Za-z]{1,24}$/;
const MARK_CHARACTERS = 80;
/** The line before base64 as POSIX uuencode writes it, which `readUuencoded` reads. */
const POSIX_HEADER = /begin-base64 [0-7]{3,4} [^\r\n]*\r?\n$/;
const URI = /^data:[^,"'\s<>]{0,100},/i;
const URI_HEAD_CHARACTERS = 128;
/** White space, quotes and angle brackets end an address. */
const URI_ENDS: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n"\'<>'));

/**
 * Files that stand encoded in text of any kind, HTML, scripts, XML, mail, or in binary files: base64 in one piece, in
 * lines or in pieces of string that are joined, hexadecimal digits, `\x41` escapes, `data:` URIs, lists of numbers, character
 * references. Many bytes at a stride: ordinary text costs next to nothing.
 */
export function* readEncodedBlocks(bytes: Buffer): Generator<Entry> {
  const text = narrowed(bytes);
  // Text in UTF-16 is what programs write on Windows: what is found in it is found by reading it as bytes.
  if (text) return yield { name: 'text', content: text };
  let count = 0;
  let anything = 0;
  const pieces = new RegularPieces(bytes);
  for (const run of encodedRuns(bytes)) {
    yield* joinedFile(pieces.add(run));
    if (isDull(run)) continue;
    const before = bytes.toString('latin1', Math.max(0, run.start - MARK_CHARACTERS), run.start);
    if (POSIX_HEADER.test(before)) continue;
    const marked = MARK.test(before);
    for (const content of contentsOf(run)) {
      if (content.length < CONTENT_BYTES_MIN) continue;
      if (!marked && !looksLikeFile(content)) {
        if (content.length < ANYTHING_BYTES_MIN || anything >= ANYTHING_MAX) continue;
        anything += 1;
      }
      count += 1;
      yield { name: `encoded-${count}`, content, encoded: 'block' };
    }
  }
  yield* joinedFile(pieces.end());
  yield* escapes(bytes);
  yield* readEscapedStrings(bytes);
  yield* dataUris(bytes);
  yield* readNumberLists(bytes);
  yield* readHexPairs(bytes);
  yield* readCharacterReferences(bytes);
}

/** What was cut in pieces, if it is a file: any table of digests has such pieces, too. */
function* joinedFile(digits: Buffer | undefined): Generator<Entry> {
  if (digits && looksLikeFile(decoded(digits.subarray(0, PREFIX_DIGITS)))) {
    yield { name: 'joined', content: decoded(digits), encoded: 'block' };
  }
}

function* contentsOf(run: EncodedRun): Generator<Buffer> {
  const whole = Buffer.concat(run.pieces);
  yield decoded(whole);
  // The line after the digits may have been a word.
  const digits = whole.length - run.shortLine;
  if (run.shortLine > 0 && WORD.test(whole.toString('latin1', digits))) yield decoded(whole.subarray(0, digits));
  if (hasFileSignature(decoded(reversed(whole.subarray(-PREFIX_DIGITS))))) yield decoded(reversed(whole));
  if (run.pieces.length === 1) return;
  // Pieces that stand one after the other may be files of their own.
  for (const piece of run.pieces.slice(1)) {
    if (looksLikeFile(decoded(piece.subarray(0, PREFIX_DIGITS)))) yield decoded(piece);
  }
}

/** Digits that a script puts in order again. */
function reversed(digits: Buffer): Buffer {
  return Buffer.from(digits).reverse();
}

/** Of digits alone. A word of text may have been taken for a last line of hexadecimal ones: Node's decoder stops there. */
function decoded(digits: Buffer): Buffer {
  if (digits[0] === 0x30 && digits[1] === 0x78) {
    const rest = digits.subarray(2);
    if (isHex(rest.subarray(0, PREFIX_DIGITS))) return Buffer.from(rest.toString('latin1'), 'hex');
  }
  const sure = Math.max(PREFIX_DIGITS, (digits.length - LINE_DIGITS_MAX) & ~1);
  return Buffer.from(digits.toString('latin1'), isHex(digits.subarray(0, sure)) ? 'hex' : 'base64');
}

/** UTF-16 with characters below 256, by its byte order mark or its zeros, as one byte each; undefined when it is none. */
function narrowed(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 2 * CONTENT_BYTES_MIN) return undefined;
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  const zeros = [1, 3, 5, 7, 9, 11, 13, 15].every((at) => bytes[at] === 0 && bytes[at - 1] !== 0);
  const swapped = [0, 2, 4, 6, 8, 10, 12, 14].every((at) => bytes[at] === 0 && bytes[at + 1] !== 0);
  if (!little && !big && !zeros && !swapped) return undefined;
  const low = big || swapped ? 1 : 0;
  const narrow = Buffer.allocUnsafe(bytes.length >> 1);
  for (let at = 0; at < narrow.length; at += 1) narrow[at] = bytes[at * 2 + low] ?? 0;
  const text = narrow.subarray(little || big ? 1 : 0);
  return looksLikeText(text) ? text : undefined;
}

/** Strings of `\x4d\x5a`. */
function* escapes(bytes: Buffer): Generator<Entry> {
  for (let at = bytes.indexOf('\\x', 0, 'latin1'), count = 1; at >= 0; ) {
    let end = at;
    while (bytes[end] === 0x5c && (bytes[end + 1] ?? 0) === 0x78 && isHex(bytes.subarray(end + 2, end + 4))) end += 4;
    if (end - at >= CONTENT_BYTES_MIN * 4) {
      const digits = bytes.toString('latin1', at, end).replaceAll('\\x', '');
      yield { name: `escaped-${count}`, content: Buffer.from(digits, 'hex'), encoded: 'block' };
      count += 1;
    }
    at = bytes.indexOf('\\x', Math.max(end, at + 2), 'latin1');
  }
}

/** `data:` URIs whose content is not base64 but percent-encoded (RFC 2397). */
function* dataUris(bytes: Buffer): Generator<Entry> {
  let count = 0;
  for (let at = bytes.indexOf('data:', 0, 'latin1'); at >= 0; ) {
    const head = URI.exec(bytes.toString('latin1', at, at + URI_HEAD_CHARACTERS))?.[0] ?? '';
    let end = at + Math.max(head.length, 5);
    if (head !== '' && !head.endsWith(';base64,')) {
      const start = end;
      while (end < bytes.length && !URI_ENDS.has(bytes[end] ?? 0)) end += 1;
      const data = end - start < CONTENT_BYTES_MIN ? '' : bytes.toString('latin1', start, end);
      if (data.includes('%')) {
        count += 1;
        yield { name: `uri-${count}`, content: Buffer.from(percentDecoded(data), 'latin1'), encoded: 'block' };
      }
    }
    at = bytes.indexOf('data:', end, 'latin1');
  }
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
