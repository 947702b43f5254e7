import { decompress } from '../decompress.ts';
import type { Access } from '../format.ts';
import type { Entry, Room } from '../found.ts';
import { decodeLzma } from './lzma.ts';

const HEADER_BYTES = 8;
const VERSION_MAX = 64;
/** Unpacked length may be so many times the file. */
const CLAIM_MAX = 20_000;
const TAG_BINARY = 87;

/** By its letters, version and length: the three letters alone also begin texts. */
export function isFlash(bytes: Buffer): boolean {
  if (bytes.length < 21 || bytes[1] !== 0x57 || bytes[2] !== 0x53) return false;
  const version = bytes[3] ?? 0;
  const length = bytes.readUInt32LE(4);
  const kind = bytes[0];
  if (version === 0 || version > VERSION_MAX || length < HEADER_BYTES) return false;
  return kind === 0x46
    ? length <= bytes.length * 2
    : (kind === 0x43 || kind === 0x5a) && length <= bytes.length * CLAIM_MAX;
}

/** The uncompressed film (SWF 19, chapter 2), and binary data within it. */
export async function* readFlash(bytes: Buffer, { room }: Access): AsyncGenerator<Entry> {
  const kind = bytes[0];
  if (kind === 0x46) return yield* binaryData(bytes);
  const packed = bytes.subarray(HEADER_BYTES);
  const { content, problem } =
    kind === 0x43
      ? await decompress('zlib', packed, room(packed.length), bytes.readUInt32LE(4))
      : lzmaBody(bytes, room(packed.length));
  if (content === undefined) return yield { name: 'film.swf', problem: problem ?? 'damaged' };
  const film = Buffer.concat([Buffer.from('F'), bytes.subarray(1, HEADER_BYTES), content]);
  yield problem ? { name: 'film.swf', content: film, problem } : { name: 'film.swf', content: film };
}

function lzmaBody(bytes: Buffer, room: Room): Pick<Entry, 'content' | 'problem'> {
  const claimed = Math.max(bytes.readUInt32LE(4) - HEADER_BYTES, 0);
  if (claimed > room.bytesMax) return { problem: room.reason };
  const content = decodeLzma(bytes.subarray(17), bytes.subarray(12, 17), claimed);
  return content ? { content } : { problem: 'damaged' };
}

/** DefineBinaryData: files that the film brings along. */
function* binaryData(film: Buffer): Generator<Entry> {
  const rectangleBits = 5 + 4 * ((film[HEADER_BYTES] ?? 0) >> 3);
  let at = HEADER_BYTES + Math.ceil(rectangleBits / 8) + 4;
  for (let count = 1; at + 2 <= film.length; ) {
    const code = film.readUInt16LE(at);
    at += 2;
    let length = code & 63;
    if (length === 63) {
      if (at + 4 > film.length) return;
      length = film.readUInt32LE(at);
      at += 4;
    }
    if (code >> 6 === TAG_BINARY && length > 6) {
      yield { name: `binary-${count}`, content: film.subarray(at + 6, at + length) };
      count += 1;
    }
    at += length;
  }
}
