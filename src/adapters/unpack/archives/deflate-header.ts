/** Lengths of the code length code (RFC 1951 3.2.7). */
const LENGTHS_MIN = 4;
const LENGTH_BITS = 3;
const BLOCK = { stored: 0, fixed: 1, dynamic: 2 };

/**
 * Whether the first block of a deflate stream may be one: of random bytes one in eight may. A fixed block is all but
 * unchecked, so it counts only `withFixed`.
 */
export function mayBeDeflate(bytes: Buffer, at: number, withFixed: boolean): boolean {
  const type = ((bytes[at] ?? 0) >> 1) & 3;
  if (type === BLOCK.fixed) return withFixed;
  if (type === BLOCK.stored)
    return at + 5 <= bytes.length && bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 3) === 0xffff;
  return type === BLOCK.dynamic && hasWholeCode(bytes, at);
}

/** The code for the lengths of the other codes must use up all its room, or consist of one code only. */
function hasWholeCode(bytes: Buffer, at: number): boolean {
  const bits = (from: number, count: number): number => {
    const byte = at + (from >> 3);
    return ((((bytes[byte + 1] ?? 0) << 8) | (bytes[byte] ?? 0)) >> (from & 7)) & ((1 << count) - 1);
  };
  if (bits(3, 5) > 29 || bits(8, 5) > 29) return false;
  const count = bits(13, 4) + LENGTHS_MIN;
  let room = 0;
  for (let index = 0; index < count; index += 1) {
    const length = bits(17 + index * LENGTH_BITS, LENGTH_BITS);
    if (length > 0) room += 128 >> length;
  }
  return room === 128;
}
