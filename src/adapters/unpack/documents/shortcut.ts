import type { Entry } from '../found.ts';

/** Size of the header and its class (MS-SHLLINK 2.1). */
const HEADER = Buffer.from('4c0000000114020000000000c000000000000046', 'hex');

/** A shortcut of Windows. */
export function isShortcut(bytes: Buffer): boolean {
  return bytes.subarray(0, HEADER.length).equals(HEADER);
}

/** Its strings, of two bytes a character, without the zeros: a command line often has a program encoded in it. */
export function* readShortcut(bytes: Buffer): Generator<Entry> {
  const narrow = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (const byte of bytes.subarray(HEADER.length)) {
    if (byte !== 0) narrow[length++] = byte;
  }
  if (length > 0) yield { name: 'strings', content: narrow.subarray(0, length), encoded: 'block' };
}
