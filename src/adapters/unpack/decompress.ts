import zlib from 'node:zlib';
import type { Entry, Room } from './found.ts';

/** Output comes in pieces of this size; a small piece keeps little memory alive, a large one is fast. */
const CHUNK_BYTES = { min: 1024, max: 64 * 1024 };

export interface Decompressed extends Pick<Entry, 'content' | 'problem'> {
  /** How much of the input it took, when there is content. */
  packedBytes?: number;
}

/** What Node gives with `info`, which its types leave out. */
interface WithInfo {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

const methods = {
  /** Raw deflate; input that ends too early gives what there is, since whoever asks knows the checksum. */
  deflate: {
    sync: zlib.inflateRawSync,
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  },
  /** Deflate in a zlib wrapper; input that ends too early gives what there is. */
  zlib: {
    sync: zlib.inflateSync,
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  },
  /** Gzip, members one after the other included; whole and with right checksums, or 'damaged'. */
  gzip: { sync: zlib.gunzipSync, finishFlush: zlib.constants.Z_FINISH },
};

/**
 * Decompresses within the room; never throws. `expectedBytes` is what the container claims, and only a hint. At once, on this thread:
 * messages are read in threads of their own, and libuv's pool is for the files of the gateway, which must not wait behind a bomb.
 */
export async function decompress(
  method: keyof typeof methods,
  packed: Buffer,
  room: Room,
  expectedBytes: number,
): Promise<Decompressed> {
  if (room.bytesMax < 1) return { problem: room.reason };
  const { sync, finishFlush } = methods[method];
  const options = {
    finishFlush,
    info: true,
    maxOutputLength: room.bytesMax,
    chunkSize: Math.min(Math.max(expectedBytes, CHUNK_BYTES.min), CHUNK_BYTES.max),
  };
  try {
    const { buffer, engine } = sync(packed, options) as unknown as WithInfo;
    return { content: buffer, packedBytes: engine.bytesWritten };
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return { problem: tooLarge ? room.reason : 'damaged' };
  }
}
