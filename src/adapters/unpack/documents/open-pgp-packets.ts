/** Kinds of packets (RFC 9580, 5). */
export const TAG = {
  sessionKey: 1,
  passphrase: 3,
  onePass: 4,
  compressed: 8,
  encrypted: 9,
  literal: 11,
  integrity: 18,
  aead: 20,
};

/** A packet of OpenPGP. */
export interface Packet {
  tag: number;
  body: Buffer;
  /** Where the next one begins. */
  end: number;
}

/** The packet that begins here, its pieces joined; undefined where none does. One cut off has what is there. */
export function packetAt(bytes: Buffer, at: number): Packet | undefined {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0 || at + 2 > bytes.length) return undefined;
  return first & 0x40 ? newPacket(bytes, at + 1, first & 0x3f) : oldPacket(bytes, at + 1, (first >> 2) & 15, first & 3);
}

function oldPacket(bytes: Buffer, at: number, tag: number, kind: number): Packet | undefined {
  const lengthBytes = kind === 3 ? 0 : 1 << kind;
  const start = at + lengthBytes;
  if (start > bytes.length) return undefined;
  const end = lengthBytes === 0 ? bytes.length : Math.min(bytes.length, start + bytes.readUIntBE(at, lengthBytes));
  return { tag, body: bytes.subarray(start, end), end };
}

/** Of several lengths, each but the last for a piece that is a power of two. */
function newPacket(bytes: Buffer, from: number, tag: number): Packet | undefined {
  const pieces: Buffer[] = [];
  for (let at = from; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const partial = first >= 224 && first < 255;
    const lengthBytes = first < 192 || partial ? 1 : first < 255 ? 2 : 5;
    const start = at + lengthBytes;
    if (start > bytes.length) return undefined;
    const length = partial
      ? 2 ** (first & 31)
      : lengthBytes === 1
        ? first
        : lengthBytes === 2
          ? bytes.readUInt16BE(at) - 0xc000 + 192
          : bytes.readUInt32BE(at + 1);
    const end = Math.min(bytes.length, start + length);
    pieces.push(bytes.subarray(start, end));
    at = end;
    if (!partial) break;
  }
  const body = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  const last = pieces.at(-1);
  return last && { tag, body, end: last.byteOffset - bytes.byteOffset + last.length };
}
