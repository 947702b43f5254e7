import { boundedName } from '../../content-headers.ts';
import { isDictionary, isReference, parsePdfValue } from './objects.ts';

const SPECIFICATION_BYTES_MAX = 2048;

/** Names of embedded files by the number of their stream, from file specifications (ISO 32000-1 7.11.3) in these bytes. */
export function addEmbeddedNames(bytes: Buffer, names: Map<number, string>): void {
  for (let at = bytes.indexOf('/EF'); at >= 0; at = bytes.indexOf('/EF', at + 3)) {
    const from = Math.max(0, at - SPECIFICATION_BYTES_MAX);
    const text = bytes.toString('latin1', from, at + SPECIFICATION_BYTES_MAX);
    const specification = parsePdfValue(text.slice(openingBefore(text, at - from)));
    if (!isDictionary(specification)) continue;
    const files = specification.get('/EF');
    const name = specification.get('/UF') ?? specification.get('/F');
    if (!isDictionary(files) || !Buffer.isBuffer(name)) continue;
    const readable = boundedName(textOf(name));
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
