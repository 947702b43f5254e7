import type { Access } from '../format.ts';
import type { Entry } from '../found.ts';
import { extract } from './seven-zip.ts';
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_BYTES,
  END,
  END_BYTES,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  type ZipEntry,
} from './zip-directory.ts';

const NAME = Buffer.from('x');
const VERSION = 63;
/** Bits that say how data are packed, not where sizes are or whether it is encrypted. */
const FLAGS_OF_METHOD = 0b110;

/**
 * Unpacks data packed by a method that is not ours (Deflate64, BZip2, LZMA, Zstandard, XZ, PPMd, and those of before 1993), by
 * 7-Zip: alone in a fresh archive, of which there are no two opinions.
 */
export async function unpackOtherMethod(
  entry: ZipEntry,
  packed: Buffer,
  access: Access,
): Promise<Pick<Entry, 'content' | 'problem'>> {
  const { entries } = await extract(archiveOf(entry, packed), 'zip', access);
  const content = entries.find((each) => each.content !== undefined)?.content;
  const problem = entries.find((each) => each.problem !== undefined)?.problem;
  if (content === undefined && problem === undefined)
    return entry.bytes === 0 ? { content: Buffer.alloc(0) } : { problem: 'damaged' };
  return { ...(content && { content }), ...(problem && { problem }) };
}

/** APPNOTE 4.3.6: a local header, the data, a directory of one entry and its end. */
function archiveOf(entry: ZipEntry, packed: Buffer): Buffer {
  const common = Buffer.alloc(22);
  common.writeUInt16LE(entry.flags & FLAGS_OF_METHOD, 0);
  common.writeUInt16LE(entry.method, 2);
  common.writeUInt32LE(entry.crc, 8);
  common.writeUInt32LE(packed.length, 12);
  common.writeUInt32LE(Math.min(entry.bytes, 0xfffffffe), 16);
  common.writeUInt16LE(NAME.length, 20);
  const local = Buffer.alloc(LOCAL_HEADER_BYTES);
  local.writeUInt32LE(LOCAL_HEADER, 0);
  local.writeUInt16LE(VERSION, 4);
  common.copy(local, 6);
  const central = Buffer.alloc(CENTRAL_HEADER_BYTES);
  central.writeUInt32LE(CENTRAL_HEADER, 0);
  central.writeUInt16LE(VERSION, 4);
  central.writeUInt16LE(VERSION, 6);
  common.copy(central, 8);
  const end = Buffer.alloc(END_BYTES);
  END.copy(end);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + NAME.length, 12);
  end.writeUInt32LE(local.length + NAME.length + packed.length, 16);
  return Buffer.concat([local, NAME, packed, central, NAME, end]);
}
