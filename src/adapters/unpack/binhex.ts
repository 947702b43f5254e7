import { boundedName } from './content-headers.ts';
import type { Entry } from './found.ts';

const INTRODUCTION = '(This file must be converted with BinHex';
const COLON = 58;
const REPEAT = 0x90;
const SKIP = 64;

/** Value of each byte in the alphabet of BinHex 4 (RFC 1741 appendix A), or SKIP. */
const VALUES = new Uint8Array(256).fill(SKIP);
for (const [value, byte] of Buffer.from('!"#$%&\'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr').entries())
  VALUES[byte] = value;

/** Finds BinHex 4 (RFC 1741) in text: both forks of the file. One that is cut off is read as far as it goes, and is damaged. */
export function* readBinhex(bytes: Buffer, bytesMax: number): Generator<Entry> {
  let at = bytes.indexOf(INTRODUCTION, 0, 'latin1');
  while (at >= 0) {
    const start = bytes.indexOf(COLON, at + INTRODUCTION.length);
    if (start < 0) return;
    const close = bytes.indexOf(COLON, start + 1);
    const end = close < 0 ? bytes.length : close;
    const packed = decode(bytes, start + 1, end);
    const unpacked = expand(packed, bytesMax);
    if (unpacked === undefined) yield { name: '', problem: 'too-large' };
    else yield* forks(unpacked);
    at = bytes.indexOf(INTRODUCTION, end, 'latin1');
  }
}

function decode(bytes: Buffer, from: number, to: number): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil(((to - from) * 3) / 4) + 1);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let at = from; at < to; at += 1) {
    const value = VALUES[bytes[at] ?? 0] ?? SKIP;
    if (value === SKIP) continue;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[length++] = (bits >> count) & 255;
  }
  return out.subarray(0, length);
}

/** Run lengths; undefined when there is more than `bytesMax`. */
function expand(packed: Buffer, bytesMax: number): Buffer | undefined {
  const pieces: Buffer[] = [];
  let size = 0;
  let from = 0;
  const push = (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
  };
  for (let at = packed.indexOf(REPEAT); at >= 0 && size <= bytesMax; at = packed.indexOf(REPEAT, from)) {
    push(packed.subarray(from, at));
    const times = packed[at + 1] ?? 0;
    const last = pieces.findLast((piece) => piece.length > 0)?.at(-1) ?? 0;
    push(times === 0 ? Buffer.from([REPEAT]) : Buffer.alloc(times - 1, last));
    from = at + 2;
  }
  push(packed.subarray(from));
  return size > bytesMax ? undefined : Buffer.concat(pieces);
}

/** Name, version, type, creator, flags, lengths of the forks, checksum; then the forks with theirs. */
function* forks(file: Buffer): Generator<Entry> {
  const nameBytes = file[0] ?? 0;
  const lengthsAt = 1 + nameBytes + 1 + 4 + 4 + 2;
  if (lengthsAt + 10 > file.length) return yield { name: '', problem: 'damaged' };
  const name = boundedName(file.toString('latin1', 1, 1 + nameBytes)) ?? '';
  const data = file.readUInt32BE(lengthsAt);
  const resource = file.readUInt32BE(lengthsAt + 4);
  let at = lengthsAt + 10;
  for (const length of [data, resource]) {
    const content = file.subarray(at, at + length);
    const whole = content.length === length;
    if (length > 0) yield { name, content, encoded: 'mail', ...(whole ? {} : { problem: 'damaged' as const }) };
    at += length + 2;
  }
}
