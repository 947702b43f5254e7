const CHUNK_BYTES = 4096;
/** A module begins with attributes, and its first token byte says that eight letters follow as they are. */
const FIRST_ATTRIBUTE = Buffer.from('\0Attribut', 'latin1');

/**
 * Source text of a VBA module stream (MS-OVBA 2.4.1), found by how every module begins and not by the offset in the
 * `dir` stream, which may lie. Undefined when there is none; cut at `bytesMax`.
 */
export function vbaSource(stream: Buffer, bytesMax: number): Buffer | undefined {
  const attribute = stream.indexOf(FIRST_ATTRIBUTE);
  return attribute < 3 || stream[attribute - 3] !== 1 ? undefined : decompressVba(stream, attribute - 3, bytesMax);
}

/** Decompresses a compressed container; ends where it is no longer one. */
function decompressVba(bytes: Buffer, start: number, bytesMax: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  let at = start + 1;
  while (at + 2 <= bytes.length && length < bytesMax) {
    const header = bytes.readUInt16LE(at);
    if ((header & 0x7000) !== 0x3000) break;
    const end = Math.min(at + (header & 0xfff) + 3, bytes.length);
    const chunk = header & 0x8000 ? decompressChunk(bytes, at + 2, end) : bytes.subarray(at + 2, at + 2 + CHUNK_BYTES);
    chunks.push(chunk);
    length += chunk.length;
    at = end;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
}

function decompressChunk(bytes: Buffer, from: number, end: number): Buffer {
  const out = Buffer.alloc(CHUNK_BYTES);
  let length = 0;
  let at = from;
  while (at < end && length < CHUNK_BYTES) {
    const flags = bytes[at++] ?? 0;
    for (let bit = 0; bit < 8 && at < end && length < CHUNK_BYTES; bit += 1) {
      if (!(flags & (1 << bit))) {
        out[length++] = bytes[at++] ?? 0;
        continue;
      }
      if (at + 2 > end) return out.subarray(0, length);
      const token = bytes.readUInt16LE(at);
      at += 2;
      // The further the chunk, the more bits of the token say how far back (2.4.1.3.19.1).
      const offsetBits = Math.max(4, 32 - Math.clz32(Math.max(length - 1, 0)));
      const back = (token >> (16 - offsetBits)) + 1;
      if (back > length) return out.subarray(0, length);
      const copyEnd = Math.min(length + (token & (0xffff >> offsetBits)) + 3, CHUNK_BYTES);
      for (; length < copyEnd; length += 1) out[length] = out[length - back] ?? 0;
    }
  }
  return out.subarray(0, length);
}
