import zlib from 'node:zlib';
import { boundedName } from '../content-headers.ts';
import { decompress } from '../decompress.ts';
import type { Access, Format } from '../format.ts';
import type { Entry } from '../found.ts';
import { isZero } from './zeros.ts';

const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** Members that are given one by one: there may be thousands. */
const MEMBERS_MAX = 16;

/** Gzip (RFC 1952): by magic and the only method there is. */
export const gzip: Format = {
  name: 'gzip',
  recognises: isGzip,
  read: readGzip,
};

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * Reads gzip: as one, as `gunzip` does; where several members make the whole, each of the first ones as well, as some programs stop after one;
 * and what follows, when it is not just zeros. What is cut off or has a wrong checksum is read as far as it goes, and is damaged.
 */
async function* readGzip(bytes: Buffer, { room }: Access): AsyncGenerator<Entry> {
  const { name, dataStart } = readHeader(bytes, 0);
  const expected = bytes.length > dataStart + 4 ? bytes.readUInt32LE(bytes.length - 4) : 0;
  const whole = await decompress('gzip', bytes, room(bytes.length), expected);
  if (whole.problem !== undefined && whole.problem !== 'damaged') {
    yield { name, problem: whole.problem };
    return;
  }
  const { content, packedBytes = 0 } = whole;
  if (content && bytes.readUInt32LE(packedBytes - 4) === content.length % 2 ** 32) yield { name, content };
  else if (content) {
    yield { name, content };
    for (const member of await soundMembers(bytes, room)) yield { name: member.name, content: member.content };
  } else yield* readDamaged(bytes, room);
  if (content) yield* rest(bytes, packedBytes);
}

async function* readDamaged(bytes: Buffer, room: Access['room']): AsyncGenerator<Entry> {
  const members = await soundMembers(bytes, room);
  for (const { name, content } of members) yield { name, content };
  const from = members.at(-1)?.end ?? 0;
  if (from > 0 && !isGzip(bytes.subarray(from))) {
    yield* rest(bytes, from);
    return;
  }
  const { name, dataStart } = readHeader(bytes, from);
  const last = await decompress('deflate', bytes.subarray(dataStart), room(bytes.length - dataStart), 0);
  yield last.content
    ? { name, content: last.content, problem: 'damaged' }
    : { name, problem: last.problem ?? 'damaged' };
}

function* rest(bytes: Buffer, from: number): Generator<Entry> {
  const after = bytes.subarray(from);
  if (!isZero(after)) yield { name: '', content: after };
}

interface Member {
  name: string;
  content: Buffer;
  end: number;
}

/** The first members, up to one whose length or checksum is wrong. */
async function soundMembers(bytes: Buffer, room: Access['room']): Promise<Member[]> {
  const members: Member[] = [];
  let at = 0;
  while (members.length < MEMBERS_MAX && isGzip(bytes.subarray(at))) {
    const { name, dataStart } = readHeader(bytes, at);
    const packed = bytes.subarray(dataStart);
    const { content, packedBytes = 0 } = await decompress('deflate', packed, room(packed.length), 0);
    const trailer = dataStart + packedBytes;
    if (!content || trailer + TRAILER_BYTES > bytes.length) break;
    if (bytes.readUInt32LE(trailer) !== zlib.crc32(content) || bytes.readUInt32LE(trailer + 4) !== content.length)
      break;
    at = trailer + TRAILER_BYTES;
    members.push({ name, content, end: at });
  }
  return members;
}

function readHeader(bytes: Buffer, start: number): { name: string; dataStart: number } {
  const flags = bytes[start + 3] ?? 0;
  let at = start + FIXED_HEADER_BYTES;
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
