import { decode as decodeQuotedPrintable } from 'libqp';
import type { AmbiguityReason } from '../../events/scan.ts';
import { readBase64 } from './base64.ts';

/** What the body of a part may be. */
export interface DecodedBody {
  /** At least one, each once. */
  contents: readonly Buffer[];
  /** Why programs see different contents; undefined where they do not. */
  ambiguity?: AmbiguityReason | undefined;
}

const IDENTITY = /^(?:7bit|8bit|binary)$/;
/** Encodings whose blocks are found in any text. */
const IN_TEXT = /^(?:x-uu\w*|uuencode|x-yencode|mac-binhex40)$/;

/** Whether the body needs no decoding by any of the encodings. */
export function isIdentity(encodings: readonly string[]): boolean {
  return encodings.every((encoding) => IDENTITY.test(encoding));
}

/** Whether an encoding is one that nobody knows. */
export function isUnknown(encoding: string): boolean {
  return (
    !IDENTITY.test(encoding) && !IN_TEXT.test(encoding) && encoding !== 'base64' && encoding !== 'quoted-printable'
  );
}

/**
 * What the body of a part is by its transfer encodings (RFC 2045 6). Encodings that contradict each other give a content each. Unknown
 * encodings, and 7bit, 8bit and binary, leave the bytes as they are; so may base64 that is not written as programs write it.
 */
export function decodeBody(body: Buffer, encodings: readonly string[]): DecodedBody {
  if (isIdentity(encodings)) {
    const text = withoutNul(body);
    return { contents: text ? [body, text] : [body] };
  }
  const contents: Buffer[] = [];
  let ambiguity: AmbiguityReason | undefined;
  for (const [index, encoding] of encodings.entries()) {
    const before = contents.length;
    if (encoding === 'base64') {
      const read = readBase64(body);
      addAll(contents, read.contents);
      if (read.broken) ambiguity = 'broken-encoding';
      if (read.untidy) addAll(contents, [body]);
    } else if (encoding === 'quoted-printable') addAll(contents, decodeQuoted(body));
    else addAll(contents, [body]);
    if (index > 0 && contents.length > before) ambiguity = 'conflicting-encoding';
  }
  return { contents, ambiguity };
}

/** Some programs drop NUL bytes from text. Undefined when there are none. */
export function withoutNul(bytes: Buffer): Buffer | undefined {
  if (!bytes.includes(0)) return undefined;
  return Buffer.from(bytes.toString('latin1').replaceAll('\0', ''), 'latin1');
}

function addAll(contents: Buffer[], more: readonly Buffer[]): void {
  for (const content of more) if (!contents.some((known) => known.equals(content))) contents.push(content);
}

/** Line ends and spaces after the last thing that is encoded or shown belong to the mail (RFC 2045 6.7 rule 3). */
function decodeQuoted(body: Buffer): Buffer[] {
  const content = decodeQuotedPrintable(body);
  let end = body.length;
  while (isBlank(body[end - 1])) end -= 1;
  if (end === body.length) return [content];
  const bare = decodeQuotedPrintable(body.subarray(0, end));
  // Only line ends that were encoded are lost among those of the mail: others are readings of the content itself.
  return isBlank(bare.at(-1)) ? [content, bare] : [content];
}

const isBlank = (byte: number | undefined) => byte === 9 || byte === 10 || byte === 13 || byte === 32;
