const WHITE_MAX = 32;

/** ASCIIHexDecode (ISO 32000-1 7.4.2): up to `>`; what is no digit is passed over. */
export function decodeAsciiHex(data: Buffer): Buffer {
  const end = data.indexOf('>');
  const digits = data.toString('latin1', 0, end < 0 ? data.length : end).replace(/[^0-9a-f]+/gi, '');
  return Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex');
}

/** ASCII85Decode (7.4.3): up to `~`, with or without `<~` before it. */
export function decodeAscii85(data: Buffer): Buffer {
  const start = data.subarray(0, 64).indexOf('<~');
  const tilde = data.indexOf('~', start < 0 ? 0 : start + 2);
  const end = tilde < 0 ? data.length : tilde;
  // `z` stands for four zeros.
  const out = Buffer.alloc((end - Math.max(start, 0)) * 4 + 4);
  let length = 0;
  let group = 0;
  let count = 0;
  for (let at = start < 0 ? 0 : start + 2; at < end; at += 1) {
    const byte = data[at] ?? 0;
    if (byte === 0x7a && count === 0) length += 4;
    else if (byte >= 33 && byte <= 117) {
      group = group * 85 + byte - 33;
      count += 1;
      if (count === 5) {
        length = out.writeUInt32BE(group % 2 ** 32, length);
        group = 0;
        count = 0;
      }
    } else if (byte > WHITE_MAX) break;
  }
  if (count > 1) {
    for (let left = count; left < 5; left += 1) group = group * 85 + 84;
    out.writeUInt32BE(group % 2 ** 32, length);
    length += count - 1;
  }
  return Buffer.from(out.subarray(0, length));
}

/** RunLengthDecode (7.4.5), cut at `bytesMax`. */
export function decodeRunLength(data: Buffer, bytesMax: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (let at = 0; at < data.length && length < bytesMax; ) {
    const count = data[at] ?? 128;
    if (count === 128) break;
    const piece = count < 128 ? data.subarray(at + 1, at + 2 + count) : Buffer.alloc(257 - count, data[at + 1] ?? 0);
    pieces.push(piece);
    length += piece.length;
    at += count < 128 ? count + 2 : 2;
  }
  return Buffer.concat(pieces).subarray(0, bytesMax);
}

const CLEAR = 256;
const END = 257;
const CODES_MAX = 4096;

/** LZWDecode (7.4.4), cut at `bytesMax`. A code stands for the output at an earlier place, so nothing is copied to keep it. */
export function decodeLzw(data: Buffer, bytesMax: number, early: boolean): Buffer {
  const starts = new Uint32Array(CODES_MAX);
  const lengths = new Uint32Array(CODES_MAX);
  let out = Buffer.allocUnsafe(Math.min(bytesMax, data.length * 4 + 64));
  let length = 0;
  let next = END + 1;
  let width = 9;
  let bits = 0;
  let held = 0;
  let before = -1;
  let beforeLength = 0;
  const reserve = (more: number) => {
    if (length + more <= out.length) return;
    const larger = Buffer.allocUnsafe((length + more) * 2);
    out.copy(larger, 0, 0, length);
    out = larger;
  };
  for (const byte of data) {
    bits = ((bits << 8) | byte) & 0xffffff;
    held += 8;
    if (held < width) continue;
    held -= width;
    const code = (bits >>> held) & ((1 << width) - 1);
    if (code === END || length >= bytesMax) break;
    if (code === CLEAR) {
      next = END + 1;
      width = 9;
      before = -1;
      continue;
    }
    // The code that is being made is the one before and its own first byte: it stands right there in the output.
    if (before >= 0 && next < CODES_MAX) {
      starts[next] = before;
      lengths[next] = beforeLength + 1;
      next += 1;
    }
    const start = code < CLEAR ? -1 : (starts[code] ?? 0);
    const size = code < CLEAR ? 1 : (lengths[code] ?? 0);
    if (code > END && code >= next) break;
    reserve(size);
    before = length;
    beforeLength = size;
    if (start < 0) out[length++] = code;
    else for (let i = 0; i < size; i += 1) out[length++] = out[start + i] ?? 0;
    if (next + (early ? 1 : 0) >= 1 << width && width < 12) width += 1;
  }
  return out.subarray(0, Math.min(length, bytesMax));
}
