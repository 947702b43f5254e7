import { promisify } from 'node:util';
import { constants, zstdDecompress } from 'node:zlib';
import {
  blockBytesMax,
  blockHeadBytes,
  DeltaInvalid,
  deltaMagic,
  dictionaryBytesMax,
  frameBytesMax,
  type Readable,
  windowBits,
} from './format.ts';

const unpack = promisify(zstdDecompress);
const params = { [constants.ZSTD_d_windowLogMax]: windowBits };

/**
 * Unpacks block after block, each with a part of the old file as dictionary. Needs some 20 MB, whatever the sizes. Throws
 * `DeltaInvalid`, also as soon as more than `size` bytes would come out.
 */
export async function* decodeZstd(old: Readable, delta: Readable, size: number): AsyncGenerator<Buffer> {
  const { zstd: magic } = deltaMagic;
  const head = await delta.read(0, Math.min(magic.length, delta.size));
  if (!head.equals(magic)) throw new DeltaInvalid('not of zstd');
  let left = size;
  for (let at = magic.length; at < delta.size; ) {
    if (at + blockHeadBytes > delta.size) throw new DeltaInvalid('cut off');
    const block = readHead(await delta.read(at, blockHeadBytes));
    at += blockHeadBytes;
    if (block.oldStart + block.oldLength > old.size)
      throw new DeltaInvalid('refers to what the old file does not have');
    if (block.newLength > left) throw new DeltaInvalid(`more than ${size} bytes come out`);
    if (at + block.frameLength > delta.size) throw new DeltaInvalid('cut off');
    const dictionary = await old.read(block.oldStart, block.oldLength);
    const piece = await unpackBlock(await delta.read(at, block.frameLength), dictionary, block.newLength);
    at += block.frameLength;
    left -= piece.length;
    yield piece;
  }
  if (left > 0) throw new DeltaInvalid(`less than ${size} bytes come out`);
}

function readHead(head: Buffer) {
  const oldStart = Number(head.readBigUInt64LE(0));
  const oldLength = head.readUInt32LE(8);
  const newLength = head.readUInt32LE(12);
  const frameLength = head.readUInt32LE(16);
  // A block of nothing would make no headway.
  const isSane = newLength > 0 && newLength <= blockBytesMax && oldLength <= dictionaryBytesMax;
  if (!isSane || frameLength > frameBytesMax) throw new DeltaInvalid('absurd numbers');
  return { oldStart, oldLength, newLength, frameLength };
}

async function unpackBlock(frame: Buffer, dictionary: Buffer, length: number): Promise<Buffer> {
  let piece: Buffer;
  try {
    const options = { maxOutputLength: length, params, ...(dictionary.length > 0 && { dictionary }) };
    piece = await unpack(frame, options);
  } catch (cause) {
    throw new DeltaInvalid((cause as Error).message, { cause });
  }
  if (piece.length !== length) throw new DeltaInvalid(`${piece.length} bytes come out instead of ${length}`);
  return piece;
}
