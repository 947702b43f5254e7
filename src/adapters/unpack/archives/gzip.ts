import { boundedName } from '../content-headers.ts';
import { decompress } from '../decompress.ts';
import type { Format } from '../format.ts';
import type { Entry, Room } from '../found.ts';

const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const FIXED_HEADER_BYTES = 10;

/** Gzip (RFC 1952): by magic and the only method there is. */
export const gzip: Format = {
  name: 'gzip',
  recognises: isGzip,
  async *read(bytes, { room }) {
    yield await readGzip(bytes, room);
  },
};

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** Reads gzip. What is cut off, followed by junk or has a wrong checksum is read as far as it goes, and is damaged. */
async function readGzip(bytes: Buffer, room: (packedBytes: number) => Room): Promise<Entry> {
  const { name, dataStart } = readHeader(bytes);
  const expected = bytes.length > dataStart + 4 ? bytes.readUInt32LE(bytes.length - 4) : 0;
  const whole = await decompress('gzip', bytes, room(bytes.length), expected);
  if (whole.problem !== 'damaged') return { name, ...whole };
  const rest = await decompress('deflate', bytes.subarray(dataStart), room(bytes.length), expected);
  return { name, ...rest, problem: rest.problem ?? 'damaged' };
}

function readHeader(bytes: Buffer): { name: string; dataStart: number } {
  const flags = bytes[3] ?? 0;
  let at = FIXED_HEADER_BYTES;
  if (flags & FLAG_EXTRA && bytes.length >= at + 2) at += 2 + bytes.readUInt16LE(at);
  const nameStart = at;
  if (flags & FLAG_NAME) at = afterZero(bytes, at);
  const name = flags & FLAG_NAME ? (boundedName(bytes.toString('latin1', nameStart, at - 1)) ?? '') : '';
  if (flags & FLAG_COMMENT) at = afterZero(bytes, at);
  if (flags & FLAG_HEADER_CRC) at += 2;
  return { name, dataStart: Math.min(at, bytes.length) };
}

function afterZero(bytes: Buffer, from: number): number {
  const zero = bytes.indexOf(0, from);
  return zero < 0 ? bytes.length : zero + 1;
}
