import type { Delta } from '../protocol/component-package.ts';
import { encodeBits } from './encode-bits.ts';
import { encodeZstd } from './encode-zstd.ts';
import { openFileReader } from './file-reader.ts';

/** A delta is worth its place when it has at most this share of the file that it makes. */
const shareMax = 0.5;
/** It is made in memory; bytes. */
const deltaBytesMax = 256 * 1024 * 1024;

/** A delta, and how it is applied. */
export interface EncodedDelta {
  method: Delta['method'];
  content: Buffer;
}

/** The delta from one file to another; nothing where the whole file is the better way. Throws what the system says. */
export function encodeDelta(oldPath: string, newPath: string, method: Delta['method']): EncodedDelta | undefined {
  const old = openFileReader(oldPath);
  try {
    const neu = openFileReader(newPath);
    try {
      const encode = method === 'bits' ? encodeBits : encodeZstd;
      const content = encode(old, neu, Math.min(deltaBytesMax, Math.floor(neu.size * shareMax)));
      return content && { method, content };
    } finally {
      neu.close();
    }
  } finally {
    old.close();
  }
}
