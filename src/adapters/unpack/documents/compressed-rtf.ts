/** What the window holds before the first byte (MS-OXRTFCP 2.2.1.1). */
const WINDOW_START =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const WINDOW_BYTES = 4096;
const HEADER_BYTES = 16;
const PACKED = 0x75465a4c;
const PLAIN = 0x414c454d;

/** Undoes the compression of RTF bodies in Outlook messages and TNEF (MS-OXRTFCP), up to `bytesMax`; undefined when it is none. */
export function compressedRtf(bytes: Buffer, bytesMax: number): Buffer | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const kind = bytes.readUInt32LE(8);
  if (kind === PLAIN) return bytes.subarray(HEADER_BYTES);
  if (kind !== PACKED) return undefined;
  const most = Math.min(bytes.readUInt32LE(4), bytesMax);
  // A reference of two bytes gives 17 at most.
  const out = Buffer.alloc(Math.min(most, (bytes.length - HEADER_BYTES) * 9));
  const window = Buffer.alloc(WINDOW_BYTES);
  let write = window.write(WINDOW_START, 'latin1');
  let length = 0;
  const put = (byte: number) => {
    out[length++] = byte;
    window[write] = byte;
    write = (write + 1) % WINDOW_BYTES;
  };
  let at = HEADER_BYTES;
  while (at < bytes.length && length < out.length) {
    const control = bytes[at++] ?? 0;
    for (let bit = 0; bit < 8 && at < bytes.length && length < out.length; bit += 1) {
      if (!(control & (1 << bit))) {
        put(bytes[at++] ?? 0);
        continue;
      }
      const reference = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      at += 2;
      let read = reference >> 4;
      if (read === write) return out.subarray(0, length);
      for (let left = (reference & 15) + 2; left > 0 && length < out.length; left -= 1) {
        put(window[read] ?? 0);
        read = (read + 1) % WINDOW_BYTES;
      }
    }
  }
  return out.subarray(0, length);
}
