import type { Entry } from '../found.ts';
import { hasFileSignature, isBinary } from './file-signatures.ts';

/** Strings with fewer escapes hold no file. */
const ESCAPES_MIN = 24;
/** A string begins so few bytes before its first escape: files have some that must be escaped among their first. */
const LEAD_BYTES_MAX = 64;
const BACKSLASH = 92;
const PERCENT = 37;
const LF = 10;
const CR = 13;
/** What opens a string, in scripts and in PDF, and what closes it. */
const CLOSING: ReadonlyMap<number, number> = new Map([
  [0x22, 0x22],
  [0x27, 0x27],
  [0x60, 0x60],
  [0x28, 0x29],
]);
const LINES_WITHIN: ReadonlySet<number> = new Set([0x60, 0x29]);
const ESCAPE =
  /\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\([0-7]{1,3})|\\(\r\n|[\s\S])|%u([0-9a-f]{4})|%([0-9a-f]{2})/gi;
/** Between two strings that are one, in C and in scripts. */
const ADDED = /(["'])[ \t]*[+.&]?[ \t]*_?(?:\r?\n)?[ \t]*[+.&]?[ \t]*\1/g;
const ADDED_BYTES_MAX = 40;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

/**
 * Files in strings whose characters are escaped one by one, or where they must be, as scripts and PDF have them:
 * `"MZ\x90\0"`, `"\u0054\u0056"`, `unescape("%4d%u905a")`. Such a string that is escaped for the most part hides what it says,
 * and is given as it reads; what is neither that nor a file is not.
 */
export function* readEscapedStrings(bytes: Buffer): Generator<Entry> {
  if (isBinary(bytes)) return;
  let count = 0;
  for (const [start, end] of strings(bytes)) {
    let escapes = 0;
    const content = Buffer.from(
      bytes
        .toString('latin1', start, end)
        .replace(ADDED, '')
        .replace(ESCAPE, (...found: string[]) => {
          const [, x, u, braced, octal, other, pair, percent] = found;
          if (other !== undefined) return /[\r\n]/.test(other) ? '' : (LETTERS[other] ?? other);
          escapes += 1;
          const code =
            octal === undefined
              ? Number.parseInt(x ?? u ?? braced ?? pair ?? percent ?? '', 16)
              : Number.parseInt(octal, 8);
          // `%u` holds two bytes, the low one first, as programs in memory do.
          return pair === undefined ? String.fromCharCode(code & 0xff) : String.fromCharCode(code & 0xff, code >> 8);
        }),
      'latin1',
    );
    if (escapes < ESCAPES_MIN || (escapes * 2 < content.length && !hasFileSignature(content))) continue;
    count += 1;
    yield { name: `string-${count}`, content, encoded: 'block' };
  }
}

/** Where strings with escapes are, without what encloses them; each byte is looked at a few times at most. */
function* strings(bytes: Buffer): Generator<readonly [number, number]> {
  let from = 0;
  let slash = bytes.indexOf(BACKSLASH);
  let percent = bytes.indexOf(PERCENT);
  while (slash >= 0 || percent >= 0) {
    const at = slash < 0 || (percent >= 0 && percent < slash) ? percent : slash;
    const start = openedBefore(bytes, at, from);
    const end = start === undefined ? at + 1 : closedAfter(bytes, start, at);
    if (start !== undefined && end - start >= ESCAPES_MIN * 3) yield [start, end];
    from = end;
    if (slash >= 0 && slash < end) slash = bytes.indexOf(BACKSLASH, end);
    if (percent >= 0 && percent < end) percent = bytes.indexOf(PERCENT, end);
  }
}

function openedBefore(bytes: Buffer, at: number, from: number): number | undefined {
  for (let back = at - 1; back >= Math.max(from, at - LEAD_BYTES_MAX); back -= 1) {
    if (CLOSING.has(bytes[back] ?? 0)) return back + 1;
  }
  return undefined;
}

function closedAfter(bytes: Buffer, start: number, from: number): number {
  const closing = CLOSING.get(bytes[start - 1] ?? 0) ?? 0;
  const inLines = LINES_WITHIN.has(closing);
  let at = from;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at += bytes[at + 1] === CR && bytes[at + 2] === LF ? 2 : 1;
    else if (byte === closing && byte !== 0x29 && byte !== 0x60) {
      ADDED.lastIndex = 0;
      const added = ADDED.exec(bytes.toString('latin1', at, at + ADDED_BYTES_MAX));
      if (added?.index !== 0) break;
      at += added[0].length - 1;
    } else if (byte === closing || (!inLines && (byte === LF || byte === CR))) break;
  }
  return Math.min(at, bytes.length);
}
