import { decodeBase64 } from './base64.ts';
import { boundedName } from './content-headers.ts';
import type { Entry } from './found.ts';
import { afterLineEnd, endOfLine } from './header-block.ts';

const LF = 10;
const CR = 13;
/** `M`: 45 bytes. */
const FULL_LINE = 77;
const BEGIN = /^begin(-base64)? [0-7]{3,6} +(\S.*)$/;

/** Finds uuencoded blocks (POSIX uuencode, both forms) in text, in one pass. A block without its end counts, too. */
export function* readUuencoded(bytes: Buffer): Generator<Entry> {
  let at = bytes.indexOf('begin');
  while (at >= 0) {
    const lineEnd = endOfLine(bytes, at, Math.min(bytes.length, at + 1000));
    const begin = isLineStart(bytes, at) ? BEGIN.exec(bytes.toString('latin1', at, lineEnd)) : null;
    let next = lineEnd;
    if (begin) {
      const start = afterLineEnd(bytes, lineEnd, bytes.length);
      const block = begin[1] ? base64Block(bytes, start) : uuBlock(bytes, start);
      if (block.content.length > 0)
        yield { name: boundedName(begin[2] ?? '') ?? '', content: block.content, encoded: 'mail' };
      next = block.end;
    }
    at = bytes.indexOf('begin', next);
  }
}

function isLineStart(bytes: Buffer, at: number): boolean {
  return at === 0 || bytes[at - 1] === LF || bytes[at - 1] === CR;
}

function base64Block(bytes: Buffer, start: number): { content: Buffer; end: number } {
  const end = bytes.indexOf('====', start);
  const to = end < 0 ? bytes.length : end;
  return { content: decodeBase64(bytes.subarray(start, to)), end: to };
}

/** Lines of a length character and quads, up to the first line that is none. */
function uuBlock(bytes: Buffer, start: number): { content: Buffer; end: number } {
  const pieces: Buffer[] = [];
  let at = start;
  while (at < bytes.length) {
    // A blank line after `begin` is passed over.
    while (pieces.length === 0 && (bytes[at] === CR || bytes[at] === LF)) at += 1;
    const lineEnd = endOfLine(bytes, at, bytes.length);
    const size = ((bytes[at] ?? 32) - 32) & 63;
    const quads = Math.ceil(size / 3) * 4;
    // Trailing spaces, which stand for zeros, are often lost; a checksum character may follow.
    if (
      size === 0 ||
      lineEnd - at > 1 + quads + 4 ||
      (lineEnd - at < 1 + Math.ceil(quads / 2) && !goesOn(bytes, lineEnd))
    )
      break;
    pieces.push(uuLine(bytes, at + 1, lineEnd, size));
    at = afterLineEnd(bytes, lineEnd, bytes.length);
  }
  return { content: Buffer.concat(pieces), end: at };
}

/** Whether another full line follows: then the one before was full as well, of zeros. */
function goesOn(bytes: Buffer, lineEnd: number): boolean {
  return bytes[afterLineEnd(bytes, lineEnd, bytes.length)] === FULL_LINE;
}

function uuLine(bytes: Buffer, from: number, lineEnd: number, size: number): Buffer {
  const out = Buffer.alloc(size + 2);
  const value = (at: number) => (at < lineEnd ? ((bytes[at] ?? 32) - 32) & 63 : 0);
  for (let done = 0, at = from; done < size; done += 3, at += 4) {
    const bits = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3);
    out.writeUIntBE(bits, done, 3);
  }
  return out.subarray(0, size);
}
