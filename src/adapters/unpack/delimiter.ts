import { afterLineEnd, endOfLine } from './header-block.ts';

const LF = 10;
const CR = 13;
const DASH = 45;

/** Longer lines are no delimiters: RFC 2046 allows 70 characters, RFC 5322 lines of 998. */
const DELIMITER_BYTES_MAX = 1000;

/** How far into a multipart its boundary is guessed: bounded, since each of many parts may ask for it. */
const GUESS_BYTES_MAX = 4096;

/** A delimiter line of an open multipart (RFC 2046 5.1.1). */
export interface Delimiter {
  /** Index into `levels` of the multipart that it belongs to. */
  level: number;
  /** True for the closing one. */
  closing: boolean;
  /** Index into `boundaries` of the level. */
  boundary: number;
  /** It is a line only if a CR without LF ends lines. */
  loneCr: boolean;
  /** Start of the line end before it, which belongs to the delimiter. */
  before: number;
  /** Start of the line after it. */
  after: number;
}

/** Finds the next delimiter line from `from`, itself the start of a line, of any level; the innermost level wins. */
export function nextDelimiter(
  bytes: Buffer,
  from: number,
  end: number,
  levels: readonly { boundaries: readonly string[] }[],
  loneCr = true,
): Delimiter | undefined {
  if (levels.length === 0) return undefined;
  let at = bytes.indexOf('--', from, 'latin1');
  while (at >= 0 && at + 2 < end) {
    const previous = bytes[at - 1];
    if (at === from || previous === LF || (previous === CR && loneCr)) {
      const lineEnd = endOfLine(bytes, at, Math.min(end, at + DELIMITER_BYTES_MAX), loneCr);
      const match = matchLevel(bytes.toString('latin1', at + 2, lineEnd).trimEnd(), levels);
      if (match) {
        const after = afterLineEnd(bytes, lineEnd, end);
        const odd = (previous === CR && at !== from) || (bytes[lineEnd] === CR && after === lineEnd + 1 && after < end);
        return { ...match, before: lineEndBefore(bytes, at, from), after, loneCr: odd };
      }
      at = lineEnd;
    } else {
      // A long rule of dashes would otherwise cost a search for each dash.
      while (bytes[at] === DASH) at += 1;
    }
    at = bytes.indexOf('--', at, 'latin1');
  }
  return undefined;
}

function matchLevel(text: string, levels: readonly { boundaries: readonly string[] }[]) {
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    const { boundaries = [] } = levels[level] ?? {};
    for (let boundary = 0; boundary < boundaries.length; boundary += 1) {
      const named = boundaries[boundary] ?? '';
      if (!text.startsWith(named)) continue;
      if (text.length === named.length) return { level, closing: false, boundary };
      if (text.length === named.length + 2 && text.endsWith('--')) return { level, closing: true, boundary };
    }
  }
  return undefined;
}

/** Start of the line end that stands just before `at`, but not before `from`. */
function lineEndBefore(bytes: Buffer, at: number, from: number): number {
  if (at === from) return at;
  return bytes[at - 1] === LF && bytes[at - 2] === CR && at - 2 >= from ? at - 2 : at - 1;
}

/** A boundary for a multipart that names none: that of the first line that looks like a delimiter. */
export function guessBoundary(bytes: Buffer, from: number, end: number): string | undefined {
  const text = bytes.toString('latin1', from, Math.min(end, from + GUESS_BYTES_MAX));
  return /(?:^|[\r\n])--([^\s-][^\r\n]{0,69})(?=[\r\n])/.exec(text)?.[1]?.trimEnd();
}
