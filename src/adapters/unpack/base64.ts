const EQUALS = 61;
const SKIP = 64;

/** Value of each byte in the base64 alphabet (RFC 4648 4), or SKIP. */
const VALUES = new Uint8Array(256).fill(SKIP);
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  VALUES[character.charCodeAt(0)] = value;
}

/**
 * Decodes base64 as mail programs do: whatever is not of the alphabet is skipped, missing padding is made up for.
 * After padding in the middle some programs go on and some stop: both readings are given, the longer one first.
 */
export function decodeBase64(encoded: Buffer): Buffer[] {
  const padding = encoded.indexOf(EQUALS);
  if (padding < 0 || !hasData(encoded, padding)) {
    // Node's decoder is faster by far, but reads the characters - and _ as data, as in base64url.
    if (encoded.indexOf('-') < 0 && encoded.indexOf('_') < 0) {
      return [Buffer.from(encoded.toString('latin1', 0, padding < 0 ? encoded.length : padding), 'base64')];
    }
    return [decodeLeniently(encoded).all];
  }
  const { all, first } = decodeLeniently(encoded);
  return first === all.length ? [all] : [all, all.subarray(0, first)];
}

function hasData(encoded: Buffer, from: number): boolean {
  for (let at = from; at < encoded.length; at += 1) {
    if (VALUES[encoded[at] ?? 0] !== SKIP) return true;
  }
  return false;
}

/** Everything, and how much of it comes before the first padding. A quad that padding cuts short ends there. */
function decodeLeniently(encoded: Buffer): { all: Buffer; first: number } {
  const out = Buffer.allocUnsafe(Math.ceil(encoded.length / 4) * 3);
  let length = 0;
  let first = -1;
  let bits = 0;
  let count = 0;
  const flush = () => {
    if (count >= 2) out[length++] = (count === 2 ? bits >> 4 : bits >> 10) & 255;
    if (count === 3) out[length++] = (bits >> 2) & 255;
    bits = 0;
    count = 0;
  };
  for (const byte of encoded) {
    const value = VALUES[byte] ?? SKIP;
    if (value !== SKIP) {
      bits = (bits << 6) | value;
      count += 1;
      if (count === 4) {
        out[length++] = bits >> 16;
        out[length++] = (bits >> 8) & 255;
        out[length++] = bits & 255;
        bits = 0;
        count = 0;
      }
    } else if (byte === EQUALS) {
      flush();
      if (first < 0) first = length;
    }
  }
  flush();
  return { all: out.subarray(0, length), first: first < 0 ? length : first };
}
