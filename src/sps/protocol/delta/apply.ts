import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Delta } from '../component-package.ts';
import { decodeBits } from './decode-bits.ts';
import { decodeZstd } from './decode-zstd.ts';
import { DeltaInvalid, type Readable } from './format.ts';

/** Which files a delta is applied to. */
export interface ApplyOptions {
  /** What the manifest says of the delta. */
  delta: Pick<Delta, 'method' | 'to'>;
  /** Path of the delta itself, as it was downloaded. */
  deltaPath: string;
  oldPath: string;
  /** Made anew; left unfinished when something goes wrong. */
  newPath: string;
  /** Of the new file, by the manifest; bytes. */
  size: number;
  signal?: AbortSignal;
}

/**
 * Makes a file out of an older one; not fsynced. Needs little memory, and holds up nobody for more than milliseconds. Throws `DeltaInvalid` when
 * the delta is damaged or does not give what the manifest says: then the whole file is to be fetched; or what the system says.
 */
export async function applyDelta(options: ApplyOptions): Promise<void> {
  const { delta, size, signal } = options;
  const handles: FileHandle[] = [];
  try {
    const open_ = async (path: string, flags: string) => {
      const handle = await open(path, flags);
      handles.push(handle);
      return handle;
    };
    const old = await readable(await open_(options.oldPath, 'r'));
    const patch = await readable(await open_(options.deltaPath, 'r'));
    if (delta.method === 'bits' && old.size !== size) throw new DeltaInvalid('the files differ in size');
    const output = await open_(options.newPath, 'w');
    const digest = createHash('sha256');
    const pieces = delta.method === 'bits' ? decodeBits(old, patch) : decodeZstd(old, patch, size);
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      digest.update(piece);
      await output.writeFile(piece);
    }
    if (digest.digest('hex') !== delta.to) throw new DeltaInvalid('the result is not what the manifest says');
  } finally {
    for (const handle of handles) await handle.close();
  }
}

async function readable(handle: FileHandle): Promise<Readable> {
  const { size } = await handle.stat();
  return {
    size,
    async read(at, length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
        if (bytesRead === 0) throw new DeltaInvalid('a file became shorter');
        done += bytesRead;
      }
      return bytes;
    },
  };
}
