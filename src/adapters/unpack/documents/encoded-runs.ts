import { nextStretch } from './stretches.ts';

const HEX = 2;
const BASE64 = 1;
const EQUALS = 61;
const PERCENT = 37;
const AMPERSAND = 38;
const BACKSLASH = 92;
const SEMICOLON = 59;
const LF = 10;
const CR = 13;

/** What each byte may be a digit of. */
const KIND = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  KIND[letter.charCodeAt(0)] = BASE64;
for (const letter of 'ABCDEFabcdef0123456789') KIND[letter.charCodeAt(0)] = BASE64 | HEX;

/** A run begins with so many digits without a gap; words and most parts of addresses are shorter. */
const DIGITS_MIN = 32;
const GAP_BYTES_MAX = 120;
/** The longest way to write a digit: `&equals;`. */
const REFERENCE_BYTES_MAX = 8;
/** The end of one string and the beginning of the next: `" + "`, `","`, `" & _` with a new line, `";\n x += "`. */
const STRING_GAP =
  /^["'`]\s*[;)]?\s*[+.&,]?\s*_?\s*(?:(?:var|let|const|dim)\s+)?(?:[\w$.]+\s*(?:\+=|\.=|=\s*[\w$.]+\s*[+.&])\s*)?["'`]/;

/** A stretch of base64 or hexadecimal digits. */
export interface EncodedRun {
  start: number;
  /** Behind the last digit. */
  end: number;
  /** Digits in its last line, where that is shorter than those before it and not padded; 0 where it is not. */
  shortLine: number;
  /** The digits without what stands between them, in order; each was one string or block of lines. */
  pieces: readonly Buffer[];
}

/** Whether all are hexadecimal digits, two for each byte. */
export function isHex(bytes: Buffer): boolean {
  if (bytes.length === 0 || bytes.length % 2 !== 0) return false;
  for (const byte of bytes) {
    if (((KIND[byte] ?? 0) & HEX) === 0) return false;
  }
  return true;
}

/**
 * Stretches of digits, each as long as it can be. Looks at every 32nd byte, and at those before it up to the first that
 * is no digit: a stretch cannot be missed, and text of words is passed over quickly.
 */
export function* encodedRuns(bytes: Buffer): Generator<EncodedRun> {
  const next = (from: number) => nextStretch(bytes, KIND, DIGITS_MIN, from);
  let last = 0;
  for (let found = next(0); found >= 0; found = next(last)) {
    const start = beganBefore(bytes, found, last);
    const run = takeRun(bytes, start);
    yield { start, ...run };
    last = run.end;
  }
}

/** Where a stretch begins when digits that are written in another way, `\/` or `%2F`, are among its first. */
function beganBefore(bytes: Buffer, from: number, floor: number): number {
  let start = from;
  for (let at = from - 1; at >= floor; ) {
    if (bytes[at] === SEMICOLON)
      at =
        Math.max(floor, at - REFERENCE_BYTES_MAX + 1) +
        bytes.subarray(Math.max(floor, at - REFERENCE_BYTES_MAX + 1), at).lastIndexOf(AMPERSAND);
    const other = at < floor ? undefined : otherwiseWritten(bytes, at);
    if (other === undefined || other.text === '=' || other.end < start) return start;
    start = at;
    while (start > floor && KIND[bytes[start - 1] ?? 0]) start -= 1;
    at = start - 1;
  }
  return start;
}

/** Whether it is one character again and again, as in rulers and tables of zeros. */
export function isDull({ pieces }: EncodedRun): boolean {
  const piece = pieces[0];
  if (!piece || pieces.length > 1) return false;
  const head = piece.subarray(0, 64);
  return head.every((byte) => byte === head[0]) && piece.every((byte) => byte === head[0]);
}

function takeRun(bytes: Buffer, start: number): Omit<EncodedRun, 'start'> {
  const pieces: Buffer[] = [];
  let end = start;
  let shortLine = 0;
  for (let from: number | undefined = start; from !== undefined; ) {
    const block = takeLines(bytes, from);
    pieces.push(block.digits);
    end = block.end;
    shortLine = block.shortLine;
    from = afterStringGap(bytes, end);
  }
  return { pieces, end, shortLine };
}

/** Digits in lines of one length; the first may be shorter, since something may stand before it, and the last, too. */
function takeLines(bytes: Buffer, start: number): { digits: Buffer; end: number; shortLine: number } {
  const parts: Buffer[] = [];
  let end = start;
  let lines = 0;
  let width = 0;
  let shortLine = 0;
  let before = 0;
  for (let from = start; ; ) {
    const line = takeLine(bytes, from);
    const next = bytes[line.end];
    // A word of text after a line break: it was not meant.
    if (lines > 0 && (line.length === 0 || next === 0x20 || (lines > 1 && line.length > width))) break;
    parts.push(...line.parts);
    end = line.end;
    lines += 1;
    shortLine = lines > 1 && !line.padded && line.length < before ? line.length : 0;
    if (lines === 2) width = line.length;
    before = line.length;
    if (line.padded || (lines > 1 && line.length < width)) break;
    const gap = afterLineGap(bytes, end);
    if (gap === undefined) break;
    from = gap;
  }
  return { digits: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts), end, shortLine };
}

interface Line {
  parts: Buffer[];
  length: number;
  padded: boolean;
  end: number;
}

/** Digits without a gap, but for those that HTML and addresses write in another way: `%2B`, `&#43;`, `\/`. */
function takeLine(bytes: Buffer, start: number): Line {
  const parts: Buffer[] = [];
  let length = 0;
  let from = start;
  for (;;) {
    let end = from;
    while (KIND[bytes[end] ?? 0]) end += 1;
    if (end > from) parts.push(bytes.subarray(from, end));
    length += end - from;
    const other = end < bytes.length ? otherwiseWritten(bytes, end) : undefined;
    if (other === undefined) {
      let padding = end;
      while (bytes[padding] === EQUALS && padding < end + 3) padding += 1;
      return { parts, length, padded: padding > end, end: padding };
    }
    if (other.text === '=') return { parts, length, padded: true, end: other.end };
    if (other.text !== '') parts.push(Buffer.from(other.text));
    from = other.end;
  }
}

const REFERENCES: Readonly<Record<string, string>> = {
  '%2b': '+',
  '%2f': '/',
  '%3d': '=',
  '%0a': '',
  '%0d': '',
  '%20': '',
  '&#43;': '+',
  '&#x2b;': '+',
  '&plus;': '+',
  '&#47;': '/',
  '&#x2f;': '/',
  '&sol;': '/',
  '&#61;': '=',
  '&#x3d;': '=',
  '&equals;': '=',
  '&#10;': '',
  '&#xa;': '',
  '&#13;': '',
  '&#xd;': '',
  '\\/': '/',
};

function otherwiseWritten(bytes: Buffer, at: number): { text: string; end: number } | undefined {
  const byte = bytes[at];
  const length =
    byte === PERCENT
      ? 3
      : byte === BACKSLASH
        ? 2
        : byte === AMPERSAND
          ? bytes.subarray(at, at + REFERENCE_BYTES_MAX).indexOf(';') + 1
          : 0;
  if (length === 0) return undefined;
  const text = REFERENCES[bytes.toString('latin1', at, at + length).toLowerCase()];
  return text === undefined ? undefined : { text, end: at + length };
}

/** Where the next line begins: after a line break, as such or as `\n` in a string, with white space around it. */
function afterLineGap(bytes: Buffer, from: number): number | undefined {
  let breaks = false;
  let at = from;
  const end = Math.min(bytes.length, from + GAP_BYTES_MAX);
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === LF || byte === CR) breaks = true;
    else if (byte === BACKSLASH) {
      const escaped = bytes[at + 1];
      breaks = true;
      if (escaped === 0x6e || escaped === 0x72 || escaped === 0x74) at += 1;
    } else if (byte !== 0x20 && byte !== 0x09) break;
    at += 1;
  }
  return breaks && KIND[bytes[at] ?? 0] && at < bytes.length ? at : undefined;
}

function afterStringGap(bytes: Buffer, from: number): number | undefined {
  const quote = bytes[from];
  if (quote !== 0x22 && quote !== 0x27 && quote !== 0x60) return undefined;
  const gap = STRING_GAP.exec(bytes.toString('latin1', from, from + GAP_BYTES_MAX));
  const next = gap ? from + gap[0].length : from;
  return gap && KIND[bytes[next] ?? 0] ? next : undefined;
}
