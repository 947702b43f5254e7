import libmime from 'libmime';

/** RFC 5322 2.1.1 recommends lines of at most 78 characters. */
export const foldCharacters = 78;

/**
 * A header field with its line end (RFC 5322 2.2), non-ASCII text by RFC 2047, folded. Line ends and control characters
 * in the value become spaces, so that a value can never start a field of its own. Throws `TypeError` on a name that is
 * no field name.
 */
export function headerField(name: string, value: string, lineEnd: string): string {
  if (!/^[!-9;-~]+$/.test(name)) throw new TypeError(`not a header field name: ${JSON.stringify(name)}`);
  const line = value.replace(/\p{Cc}+/gu, ' ').trim();
  const folded = libmime.foldLines(`${name}: ${libmime.encodeWords(line, 'Q', 52)}`, foldCharacters);
  return folded.replace(/\r\n/g, lineEnd) + lineEnd;
}

/** The fields of a header block other than Content-*, byte for byte, each with its line end. Lines that are no fields go, too. */
export function withoutContentFields(header: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keep = true;
  for (const line of linesOf(header)) {
    const text = line.toString('latin1', 0, 80);
    if (!/^[ \t]/.test(text)) keep = !/^content-/i.test(text) && /^[!-9;-~]+[ \t]*:|^From /.test(text);
    if (keep) kept.push(line);
  }
  return Buffer.concat(kept);
}

/** Lines with their line ends: CRLF, LF or CR. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== 10 && !(byte === 13 && bytes[at + 1] !== 10)) continue;
    yield bytes.subarray(start, at + 1);
    start = at + 1;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}
