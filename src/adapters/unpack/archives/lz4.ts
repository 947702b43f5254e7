import type { Format } from '../format.ts';
import type { Entry, Room } from '../found.ts';
import { Output, TooLarge, unpackBlock } from './lz4-block.ts';
import { isZero } from './zeros.ts';

const FRAME = 0x184d2204;
const LEGACY = 0x184c2102;
/** Sixteen of them. */
const SKIPPABLE = 0x184d2a50;
const FLAG = { version: 0xc0, version1: 0x40, blockChecksum: 0x10, contentSize: 8, contentChecksum: 4, dictionary: 1 };
const STORED = 0x80000000;
/** A block of a legacy frame packs 8 MiB; a larger one than that with the cost of packing is none. */
const LEGACY_BLOCK_BYTES_MAX = 8_421_520;
const EXPECTED_RATIO = 4;

/** LZ4 frames (format 1.6.4), one after the other, and those of before it. */
export const lz4: Format = {
  name: 'lz4',
  recognises: isFrame,
  *read(bytes, { room }) {
    yield* readFrames(bytes, room(bytes.length));
  },
};

function* readFrames(bytes: Buffer, { bytesMax, reason }: Room): Generator<Entry> {
  const out = new Output(Math.max(0, bytesMax), bytes.length * EXPECTED_RATIO);
  let at = 0;
  try {
    for (let next: number | undefined = 0; next !== undefined && at < bytes.length; at = next ?? at) {
      next = readFrame(bytes, at, out);
    }
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    yield { name: '', problem: reason };
    return;
  }
  const content = out.content();
  const rest = bytes.subarray(at);
  if (at > 0 && !isFrame(rest)) {
    yield { name: '', content };
    if (!isZero(rest)) yield { name: '', content: rest };
  } else yield { name: '', content, problem: 'damaged' };
}

function isFrame(bytes: Buffer): boolean {
  return bytes.length >= 8 && (bytes.readUInt32LE(0) === FRAME || bytes.readUInt32LE(0) === LEGACY);
}

/** Where the next frame starts; undefined when this one is damaged or none. */
function readFrame(bytes: Buffer, at: number, out: Output): number | undefined {
  if (at + 8 > bytes.length) return undefined;
  const magic = bytes.readUInt32LE(at);
  if (magic === LEGACY) return readLegacy(bytes, at + 4, out);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
    const next = at + 8 + bytes.readUInt32LE(at + 4);
    return next <= bytes.length ? next : undefined;
  }
  return magic === FRAME ? readBlocks(bytes, at + 4, out) : undefined;
}

function readBlocks(bytes: Buffer, start: number, out: Output): number | undefined {
  const flags = bytes[start] ?? 0;
  if ((flags & FLAG.version) !== FLAG.version1 || flags & FLAG.dictionary) return undefined;
  let at = start + 3 + (flags & FLAG.contentSize ? 8 : 0);
  const checksum = flags & FLAG.blockChecksum ? 4 : 0;
  for (;;) {
    if (at + 4 > bytes.length) return undefined;
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) return at + (flags & FLAG.contentChecksum ? 4 : 0);
    const packed = size % STORED;
    const block = bytes.subarray(at, at + packed);
    if (size >= STORED) out.append(block);
    else if (!unpackBlock(block, out)) return undefined;
    at += packed + checksum;
  }
}

/** Blocks up to the end or to what can only be another frame. */
function readLegacy(bytes: Buffer, start: number, out: Output): number | undefined {
  let at = start;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const size = bytes.readUInt32LE(at);
    if (size > LEGACY_BLOCK_BYTES_MAX) return at;
    if (!unpackBlock(bytes.subarray(at + 4, at + 4 + size), out)) return undefined;
    at += 4 + size;
    if (at > bytes.length) return undefined;
  }
  return at;
}
