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
    else if (encoding === 'quoted-printable') contents.push(decodeQuotedPrintable(body));
    else if (!identity) {
      identity = true;
      contents.push(body);
    }
  }
  return contents;
}
