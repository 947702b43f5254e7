import { boundedName } from './content-headers.ts';
import type { Entry } from './found.ts';
import { afterLineEnd, endOfLine } from './header-block.ts';

const LF = 10;
const CR = 13;
const DOT = 46;
const EQUALS = 61;
const LINE_BYTES_MAX = 1000;

/** Finds yEnc blocks (yenc.org, 1.3) in text, in one pass. A block without its end counts, too; a part of a file is a file. */
export function* readYenc(bytes: Buffer): Generator<Entry> {
  let at = bytes.indexOf('=ybegin ', 0, 'latin1');
  let end = 0;
  while (at >= 0) {
    const lineEnd = endOfLine(bytes, at, Math.min(bytes.length, at + LINE_BYTES_MAX));
    const name = / name=(.*)$/.exec(bytes.toString('latin1', at, lineEnd))?.[1] ?? '';
    // Looked for once, and not again for each block that has none.
    if (end >= 0 && end < lineEnd) end = bytes.indexOf('=yend', lineEnd, 'latin1');
    const next = bytes.indexOf('=ybegin ', lineEnd, 'latin1');
    const to = Math.min(end < 0 ? bytes.length : end, next < 0 ? bytes.length : next);
    const content = decode(bytes, afterLineEnd(bytes, lineEnd, bytes.length), to);
    if (content.length > 0) yield { name: boundedName(name) ?? '', content, encoded: 'mail' };
    at = next;
  }
}

function decode(bytes: Buffer, from: number, to: number): Buffer {
  const out = Buffer.allocUnsafe(Math.max(0, to - from));
  let length = 0;
  let at = from;
  if (bytes.toString('latin1', at, at + 7) === '=ypart ') at = endOfLine(bytes, at, to);
  for (; at < to; at += 1) {
    let byte = bytes[at] ?? 0;
    if (byte === CR || byte === LF) {
      // A dot at the start of a line may have been doubled on the way.
      if (bytes[at + 1] === DOT && bytes[at + 2] === DOT) at += 1;
      continue;
    }
    if (byte === EQUALS) {
      at += 1;
      byte = (bytes[at] ?? 0) - 64;
    }
    out[length++] = (byte - 42) & 255;
  }
  return out.subarray(0, length);
}
