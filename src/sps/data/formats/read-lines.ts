import { closeSync, openSync, readSync } from 'node:fs';

/** A line of a file, without its end. */
export interface Line {
  /** From 1. */
  number: number;
  text: string;
  /** The line was longer than the limit; `text` is its beginning. */
  isCut: boolean;
  /** Bytes of the file read so far, for progress. */
  bytesRead: number;
}

/** Longest line, bytes; the rest of it is skipped. */
export const lineBytesMax = 4096;
const chunkBytes = 1024 * 1024;

/**
 * The lines of a file, as a stream: memory stays flat whatever the size. Synchronous, because the one who imports
 * does nothing else meanwhile. Throws what the file system throws.
 */
export function* readLines(file: string): Generator<Line> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let number = 0;
    let bytesRead = 0;
    let rest = Buffer.alloc(0);
    let isCut = false;
    const line = (end: Buffer): Line => {
      const whole = rest.length === 0 ? end : Buffer.concat([rest, end]);
      number++;
      const found = { number, text: text(whole), isCut: isCut || whole.length > lineBytesMax, bytesRead };
      rest = Buffer.alloc(0);
      isCut = false;
      return found;
    };
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
      bytesRead += length;
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0 && end < length; end = chunk.indexOf(10, start)) {
        yield line(chunk.subarray(start, end));
        start = end + 1;
      }
      isCut ||= rest.length + length - start > lineBytesMax;
      rest = Buffer.concat([rest, chunk.subarray(start, length)]).subarray(0, lineBytesMax);
    }
    if (rest.length > 0) yield line(Buffer.alloc(0));
  } finally {
    closeSync(descriptor);
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8', 0, lineBytesMax).replace(/\r$/, '');
}
