import { boundedName } from '../../content-headers.ts';
import type { PdfDecrypt } from './decryption.ts';
import { isDictionary, isReference, parsePdfValue } from './objects.ts';

const SPECIFICATION_BYTES_MAX = 2048;
/** Files beyond so many are found without their names. */
const SPECIFICATIONS_MAX = 1000;
const OBJECT_HEADER = /(\d{1,10})\s+(\d{1,5})\s+obj\s*$/;

/**
 * Names of embedded files by the number of their stream, from file specifications (ISO 32000-1 7.11.3) in these bytes: of the
 * file, where strings may be encrypted by object, or of an object stream.
 */
export function addEmbeddedNames(bytes: Buffer, names: Map<number, string>, decrypt?: PdfDecrypt): void {
  let left = SPECIFICATIONS_MAX;
  for (let at = bytes.indexOf('/EF'); at >= 0 && left > 0; at = bytes.indexOf('/EF', at + 3)) {
    left -= 1;
    const from = Math.max(0, at - SPECIFICATION_BYTES_MAX);
    const text = bytes.toString('latin1', from, at + SPECIFICATION_BYTES_MAX);
    const opening = openingBefore(text, at - from);
    const specification = parsePdfValue(text.slice(opening));
    if (!isDictionary(specification)) continue;
    const files = specification.get('/EF');
    const name = specification.get('/UF') ?? specification.get('/F');
    if (!isDictionary(files) || !Buffer.isBuffer(name)) continue;
    const [, object, generation] = OBJECT_HEADER.exec(text.slice(0, opening)) ?? [];
    const clear = decrypt && object ? decrypt(name, Number(object), Number(generation)) : name;
    const readable = boundedName(textOf(clear));
    for (const file of files.values()) {
      if (isReference(file) && readable) names.set(file.object, readable);
    }
  }
}

/** Index of the `<<` that encloses the place. */
function openingBefore(text: string, place: number): number {
  let depth = 1;
  for (let at = place - 2; at >= 0; at -= 1) {
    const two = text.slice(at, at + 2);
    if (two === '>>') depth += 1;
    else if (two === '<<') depth -= 1;
    else continue;
    if (depth === 0) return at;
    at -= 1;
  }
  return place;
}

/** Text strings are UTF-16 with a mark, or a byte a character. */
function textOf(bytes: Buffer): string {
  if (bytes[0] !== 0xfe || bytes[1] !== 0xff) return bytes.toString('latin1');
  const swapped = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)));
  return swapped.swap16().toString('utf16le');
}
