import { constants, zstdCompressSync } from 'node:zlib';
import { blockBytesMax, blockHeadBytes, deltaMagic, dictionaryBytesMax, windowBits } from '../protocol/delta/format.ts';
import type { FileReader } from './file-reader.ts';

/*
 * zstd fills its tables from a dictionary of a few MiB only; a longer one is as good as none (measured: 38 MB in one block gave
 * 37 %, in blocks 0.75 %). So both files are gone through side by side. Matches of seven bytes: what did not change is long.
 */
const params = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: windowBits,
  [constants.ZSTD_c_hashLog]: 20,
  [constants.ZSTD_c_minMatch]: 7,
};
const margin = (dictionaryBytesMax - blockBytesMax) / 2;
/** What is looked for in the old file, to stay side by side. */
const landmarkBytes = 64;

/**
 * A file as blocks that refer to the part of the old one where the same should stand; nothing when that takes more than `bytesMax`.
 * Good for files in which lines or records were added or removed, bad for those that were put into another order.
 */
export function encodeZstd(old: FileReader, neu: FileReader, bytesMax: number): Buffer | undefined {
  const out: Buffer[] = [deltaMagic.zstd];
  let size = deltaMagic.zstd.length;
  // How much further on the same stands in the old file.
  let shift = 0;
  for (let at = 0; at < neu.size; at += blockBytesMax) {
    const block = neu.read(at, Math.min(blockBytesMax, neu.size - at));
    const start = within(at + shift - margin, old.size);
    const dictionary = old.read(start, within(at + shift + block.length + margin, old.size) - start);
    const frame = zstdCompressSync(block, { params, ...(dictionary.length > 0 && { dictionary }) });
    const head = Buffer.alloc(blockHeadBytes);
    head.writeBigUInt64LE(BigInt(start), 0);
    head.writeUInt32LE(dictionary.length, 8);
    head.writeUInt32LE(block.length, 12);
    head.writeUInt32LE(frame.length, 16);
    out.push(head, frame);
    size += head.length + frame.length;
    if (size > bytesMax) return undefined;
    shift = shiftAt(block, at, dictionary, start) ?? shift;
  }
  return Buffer.concat(out);
}

function within(position: number, size: number): number {
  return Math.min(Math.max(position, 0), size);
}

/** The shift at the end of a block: by the last of some landmarks that the old file has. */
function shiftAt(block: Buffer, blockStart: number, dictionary: Buffer, dictionaryStart: number): number | undefined {
  for (let tries = 1; tries <= 8; tries++) {
    const at = block.length - tries * landmarkBytes;
    if (at < 0) return undefined;
    const found = dictionary.lastIndexOf(block.subarray(at, at + landmarkBytes));
    if (found >= 0) return dictionaryStart + found - (blockStart + at);
  }
  return undefined;
}
