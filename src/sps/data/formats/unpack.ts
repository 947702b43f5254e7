import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { ImportRefused } from '../import-refused.ts';

/** A file that came out of another one. */
export interface Unpacked {
  path: string;
  /** As it was called. */
  name: string;
}

/** What comes out of one file at most: in all, and for each byte of it. A list of hashes shrinks to a half, one with names to a tenth. */
const unpackedBytesMax = 16 * 1024 ** 3;
const ratioMax = 200;
/** Below this the ratio does not count. */
const freeBytes = 64 * 1024 ** 2;
const filesMax = 1000;

/** Lets so many bytes through; of more the file is refused. */
export function limiter(file: string, packedBytes: number): (stream: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  const max = Math.min(unpackedBytesMax, Math.max(freeBytes, packedBytes * ratioMax));
  let bytes = 0;
  return async function* limit(stream) {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > max) throw new ImportRefused(`${file}: more than ${max} bytes come out of it`);
      yield chunk;
    }
  };
}

/** How a file begins that is packed; undefined for others. */
export async function packingOf(file: string): Promise<'zip' | 'gzip' | undefined> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt32BE(0) === 0x504b0304) return 'zip';
    return buffer.readUInt16BE(0) === 0x1f8b ? 'gzip' : undefined;
  } finally {
    await handle.close();
  }
}

/**
 * Unpacks a zip or gzip file beside `path`. Throws `ImportRefused` when that cannot be.
 * @param path beginning of the names of what is written
 */
export async function unpack(file: string, packing: 'zip' | 'gzip', path: string): Promise<Unpacked[]> {
  const handle = await open(file);
  const { size } = await handle.stat();
  await handle.close();
  const limit = limiter(file, size);
  try {
    if (packing === 'zip') return await unpackZip(file, path, limit);
    const target = `${path}-0.tmp`;
    await pipeline(createReadStream(file), createGunzip(), limit, createWriteStream(target, { flags: 'wx' }));
    return [{ path: target, name: basename(file).replace(/\.gz$/i, '') }];
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`${file} cannot be unpacked: ${(error as Error).message}`);
  }
}

async function unpackZip(file: string, path: string, limit: ReturnType<typeof limiter>): Promise<Unpacked[]> {
  const zip = await yauzl.openPromise(file, { autoClose: false });
  const found: Unpacked[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (found.length === filesMax) throw new ImportRefused(`${file}: more than ${filesMax} files in it`);
      if (entry.isEncrypted()) throw new ImportRefused(`${file} is encrypted`);
      const target = `${path}-${found.length}.tmp`;
      const content: Readable = await zip.openReadStreamPromise(entry);
      await pipeline(content, limit, createWriteStream(target, { flags: 'wx' }));
      found.push({ path: target, name: basename(entry.fileName) });
    }
  } finally {
    zip.close();
  }
  return found;
}
