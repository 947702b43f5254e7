import { decode as decodeQuotedPrintable } from 'libqp';
import { decodeBase64 } from './base64.ts';

/**
 * What the body of a part is by its transfer encodings (RFC 2045 6), at least one content. Fields that contradict each
 * other give a content each. Unknown encodings, and 7bit, 8bit and binary, leave the bytes as they are.
 */
export function decodeBody(body: Buffer, encodings: readonly string[]): Buffer[] {
  if (encodings.length === 0) return [body];
  const contents: Buffer[] = [];
  let identity = false;
  for (const encoding of encodings) {
    if (encoding === 'base64') contents.push(...decodeBase64(body));
    else if (encoding === 'quoted-printable') contents.push(...decodeQuoted(body));
    else if (!identity) {
      identity = true;
      contents.push(body);
    }
  }
  return contents;
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
