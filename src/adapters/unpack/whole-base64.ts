import { readBase64 } from './base64.ts';
import { looksLikeFile } from './documents/file-signatures.ts';
import type { Entry } from './found.ts';

/** How much of a body is looked at to see whether it is base64 throughout. */
const HEAD_BYTES = 160;
/** Less says nothing: a few letters decode to anything. */
const DECODED_BYTES_MIN = 48;

/** Whether a body is base64 throughout, and of something that makes sense. */
export function isWholeBase64(body: Buffer): boolean {
  // Node's decoder skips what is not base64. What is not base64 throughout decodes to nothing that makes sense.
  const head = body.toString('latin1', 0, Math.min(body.length, HEAD_BYTES));
  const padding = head.indexOf('=');
  if (padding < 0) return isEncoded(head);
  return isEncoded(head.replaceAll('=', '')) || isEncoded(head.slice(0, padding));
}

/** The content of a body that is base64 as a whole, however it is broken into lines or mixed with junk, though nobody said so. */
export function* readWholeBase64(body: Buffer): Generator<Entry> {
  if (!isWholeBase64(body)) return;
  for (const content of readBase64(body).contents) yield { name: 'decoded', content, encoded: 'whole' };
}

function isEncoded(digits: string): boolean {
  const content = Buffer.from(digits, 'base64');
  return content.length >= DECODED_BYTES_MIN && looksLikeFile(content);
}
