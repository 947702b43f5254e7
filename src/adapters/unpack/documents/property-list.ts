import type { Entry } from '../found.ts';

const MAGIC = Buffer.from('bplist0');
const TRAILER_BYTES = 32;
const DATA = 4;

/** Binary property lists of Apple, web archives among them, by their first bytes. */
export function isPropertyList(bytes: Buffer): boolean {
  return bytes.length > 8 + TRAILER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** Data objects of a binary property list, by its table of offsets; cycles do not matter, as no reference is followed. */
export function* readPropertyList(bytes: Buffer): Generator<Entry> {
  const trailer = bytes.length - TRAILER_BYTES;
  const offsetBytes = bytes[trailer + 6] ?? 0;
  const count = bytes.readUInt32BE(trailer + 12);
  const table = bytes.readUInt32BE(trailer + 28);
  if (offsetBytes < 1 || offsetBytes > 6) return;
  // Objects that overlap would be read again and again.
  let left = bytes.length;
  for (let i = 0; i < count; i += 1) {
    const entry = table + i * offsetBytes;
    if (entry + offsetBytes > trailer) return;
    const content = dataAt(bytes, bytes.readUIntBE(entry, offsetBytes));
    if (content === undefined || content.length === 0) continue;
    left -= content.length;
    if (left < 0) return;
    yield { name: `data-${i}`, content };
  }
}

function dataAt(bytes: Buffer, at: number): Buffer | undefined {
  const marker = bytes[at];
  if (marker === undefined || marker >> 4 !== DATA) return undefined;
  if ((marker & 15) !== 15) return bytes.subarray(at + 1, at + 1 + (marker & 15));
  const sizeBytes = 1 << ((bytes[at + 1] ?? 0) & 15);
  if (sizeBytes > 4 || at + 2 + sizeBytes > bytes.length) return undefined;
  const start = at + 2 + sizeBytes;
  return bytes.subarray(start, start + bytes.readUIntBE(at + 2, sizeBytes));
}
