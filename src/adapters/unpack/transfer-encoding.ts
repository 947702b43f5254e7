import { decode as decodeQuotedPrintable } from 'libqp';
import type { AmbiguityReason } from '../../events/scan.ts';
import { readBase64 } from './base64.ts';
import { isWholeBase64 } from './whole-base64.ts';

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
  if (isIdentity(encodings)) return { contents: asIs(body) };
  const decoded = encodings.map((encoding) => decodedBy(encoding, body));
  const [only] = decoded;
  if (only && decoded.length === 1) return only;
  const contents: Buffer[] = [];
  for (const each of decoded) addAll(contents, each.contents);
  const [first] = contents;
  const conflict = decoded.some((each) => !first || each.contents[0]?.equals(first) !== true);
  return { contents, ambiguity: conflict ? 'conflicting-encoding' : only?.ambiguity };
}

function decodedBy(encoding: string, body: Buffer): DecodedBody {
  if (encoding === 'base64') {
    const { contents, untidy, broken } = readBase64(body);
    const all = [...contents];
    if (untidy) addAll(all, asIs(body));
    return { contents: all, ambiguity: broken ? 'broken-encoding' : undefined };
  }
  if (encoding !== 'quoted-printable') return { contents: asIs(body) };
  const contents = decodeQuoted(body);
  // Some programs take two equals signs for one that was meant.
  if (body.includes('==')) addAll(contents, decodeQuoted(withSingleEquals(body)));
  if (isWholeBase64(body)) addAll(contents, asIs(body));
  return { contents, ambiguity: hasLoneSoftBreaks(body) ? 'odd-line-ends' : undefined };
}

function asIs(body: Buffer): Buffer[] {
  const text = withoutNul(body);
  return text ? [body, text] : [body];
}

/** Some programs drop NUL bytes from text. Undefined when there are none. */
export function withoutNul(bytes: Buffer): Buffer | undefined {
  if (!bytes.includes(0)) return undefined;
  const kept = Buffer.allocUnsafe(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0) kept[end++] = byte;
  }
  return kept.subarray(0, end);
}

function addAll(contents: Buffer[], more: readonly Buffer[]): void {
  for (const content of more) if (!contents.some((known) => known.equals(content))) contents.push(content);
}

/** Line ends and spaces after the last thing that is encoded or shown belong to the mail (RFC 2045 6.7 rule 3). */
function decodeQuoted(body: Buffer): Buffer[] {
  const content = decodeQuotedPrintable(withSoftBreaks(body));
  let end = body.length;
  while (isBlank(body[end - 1])) end -= 1;
  if (end === body.length) return [content];
  const bare = decodeQuotedPrintable(withSoftBreaks(body.subarray(0, end)));
  // Only line ends that were encoded are lost among those of the mail: others are readings of the content itself.
  return isBlank(bare.at(-1)) ? [content, bare] : [content];
}

const LONE_SOFT_BREAK = /=\r(?!\n)/;

/** Some programs read nothing after them. */
function hasLoneSoftBreaks(body: Buffer): boolean {
  return body.includes('=\r') && LONE_SOFT_BREAK.test(body.toString('latin1'));
}

function withSingleEquals(body: Buffer): Buffer {
  return Buffer.from(body.toString('latin1').replaceAll('==', '=3D'), 'latin1');
}

/** A CR without LF ends a line, too. */
function withSoftBreaks(body: Buffer): Buffer {
  if (!body.includes('=\r')) return body;
  return Buffer.from(body.toString('latin1').replace(/=\r(?!\n)/g, '=\r\n'), 'latin1');
}

const isBlank = (byte: number | undefined) => byte === 9 || byte === 10 || byte === 13 || byte === 32;
