import zlib from 'node:zlib';
import { hasFileSignature } from '../documents/file-signatures.ts';
import type { Format } from '../format.ts';
import { mayBeDeflate } from './deflate-header.ts';

const METHOD_AND_WINDOW = 0x78;
/** A header is a multiple of it (RFC 1950 2.2). */
const CHECK = 31;
const DICTIONARY = 0x20;
const DEFAULT_LEVEL = 2;

/**
 * One zlib stream (RFC 1950), as installers and packages of many kinds keep their files. Given only when it is sound and
 * holds a file that can do harm or hold others: most such streams are pictures, fonts and the like.
 */
export const zlibStream: Format = {
  name: 'zlib',
  recognises(bytes) {
    if (bytes.length < 12 || bytes[0] !== METHOD_AND_WINDOW || bytes.readUInt16BE(0) % CHECK !== 0) return false;
    const level = (bytes[1] ?? 0) >> 6;
    return !((bytes[1] ?? 0) & DICTIONARY) && mayBeDeflate(bytes, 2, level >= DEFAULT_LEVEL);
  },
  *read(bytes, { room }) {
    const { bytesMax, reason } = room(bytes.length);
    if (bytesMax < 1) return;
    try {
      const content = zlib.inflateSync(bytes, { maxOutputLength: bytesMax });
      if (hasFileSignature(content)) yield { name: '', content };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') yield { name: '', problem: reason };
    }
  },
};
