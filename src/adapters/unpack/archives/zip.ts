import zlib from 'node:zlib';
import { decompress } from '../decompress.ts';
import type { Access, Format } from '../format.ts';
import type { Entry } from '../found.ts';
import {
  findDirectory,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  readDirectory,
  readLocalHeader,
  type ZipDirectory,
  type ZipEntry,
} from './zip-directory.ts';
import { unpackOtherMethod } from './zip-methods.ts';

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const SPLIT_MARK = 0x08074b50;
const METHOD = { stored: 0, deflated: 8, aes: 99 };
const FLAG = { encrypted: 1, sizesFollow: 8 };

/** Zip (APPNOTE 6.3.10), as `readZip` reads it. */
export const zip: Format = { name: 'zip', recognises: isZip, read: readZip };

/** By content: starts like a zip, or has an end record that points to a central directory. */
export function isZip(bytes: Buffer): boolean {
  return startsWithLocalHeader(bytes) || isFirstOfMany(bytes) || findDirectory(bytes) !== undefined;
}

/** Part of a split archive that starts with its mark (APPNOTE 8.5.3). */
function isFirstOfMany(bytes: Buffer): boolean {
  return bytes.length >= 8 && bytes.readUInt32LE(0) === SPLIT_MARK && bytes.readUInt32LE(4) === LOCAL_HEADER;
}

function startsWithLocalHeader(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === LOCAL_HEADER;
}

/**
 * Reads a zip (APPNOTE 6.3.10) both ways: by its central directory, and by local headers in whatever stretch of the
 * file the directory does not account for; so files that are in one of them only are found, and those of a damaged zip.
 */
export async function* readZip(bytes: Buffer, access: Access): AsyncGenerator<Entry> {
  const directory = findDirectory(bytes);
  const listed = directory ? readDirectory(bytes, directory, access.entriesMax) : undefined;
  const { apart, free } = layOut(bytes, listed?.entries ?? [], directory);
  const sound = listed?.whole && apart.length === listed.entries.length;
  if (!sound) yield { name: '', problem: directory?.split || isFirstOfMany(bytes) ? 'partial' : 'damaged' };
  for (const entry of apart) {
    if (!isFolder(entry)) yield* readBothWays(bytes, sized(bytes, entry, free), access);
  }
  if (listed?.tooMany) {
    yield { name: '', problem: 'too-many-files' };
    return;
  }
  for (const stretch of free) {
    for (const entry of localEntries(bytes, stretch)) {
      const read = await readEntry(bytes, entry, access);
      // Where there is a sound directory, a local header that leads to nothing is a coincidence.
      if (read.content !== undefined || !sound) yield read;
    }
  }
}

interface Stretch {
  start: number;
  end: number;
}

function isFolder(entry: ZipEntry): boolean {
  return entry.name.endsWith('/') && entry.bytes === 0 && entry.packedBytes <= 2;
}

/** Where the packed data starts, by the local header; undefined when there is none. */
function dataStart(bytes: Buffer, entry: ZipEntry): number | undefined {
  const { at } = entry;
  if (at < 0 || at + LOCAL_HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== LOCAL_HEADER) return undefined;
  return at + LOCAL_HEADER_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
}

/** A file without length that has a checksum: its sizes were left out, and its data stands before what comes next. */
function sized(bytes: Buffer, entry: ZipEntry, free: readonly Stretch[]): ZipEntry {
  if (entry.packedBytes > 0 || entry.crc === 0) return entry;
  const start = dataStart(bytes, entry);
  const data = free.find((stretch) => stretch.start === start);
  return data === undefined ? entry : { ...entry, packedBytes: data.end - data.start };
}

function stretchOf(bytes: Buffer, entry: ZipEntry): Stretch {
  return { start: entry.at, end: (dataStart(bytes, entry) ?? entry.at) + entry.packedBytes };
}

/**
 * The entries in the order of the directory without those that overlap an earlier part of the file, as bombs are
 * built; and the stretches of the file that neither they nor the directory account for.
 */
function layOut(bytes: Buffer, entries: readonly ZipEntry[], directory: ZipDirectory | undefined) {
  const free: Stretch[] = [];
  const overlapping = new Set<ZipEntry>();
  const used: (Stretch & { entry?: ZipEntry })[] = entries.map((entry) => ({ ...stretchOf(bytes, entry), entry }));
  if (directory) used.push(directory);
  let at = 0;
  for (const { start, end, entry } of used.sort((a, b) => a.start - b.start)) {
    if (start > at) free.push({ start: at, end: Math.min(start, bytes.length) });
    if (start < at && entry) overlapping.add(entry);
    else at = Math.max(at, end);
  }
  if (at < bytes.length) free.push({ start: at, end: bytes.length });
  return { apart: entries.filter((entry) => !overlapping.has(entry)), free };
}

/** Local headers within a stretch, each with the data up to the next one where its size is not known. */
function* localEntries(bytes: Buffer, stretch: Stretch): Generator<ZipEntry> {
  const within = bytes.subarray(0, stretch.end);
  let at = within.indexOf(LOCAL, stretch.start);
  while (at >= 0) {
    const entry = readLocalHeader(within, at);
    if (entry === undefined) return;
    let next = within.indexOf(LOCAL, at + 4);
    const data = dataStart(within, entry) ?? at;
    if (entry.flags & FLAG.sizesFollow && entry.packedBytes === 0) {
      entry.packedBytes = Math.max(0, (next < 0 ? stretch.end : next) - data);
      if (entry.method === METHOD.stored) entry.packedBytes -= descriptorBytes(within, data, entry.packedBytes);
      entry.crc = 0;
    } else if (next >= 0 && next < data + entry.packedBytes) next = within.indexOf(LOCAL, data + entry.packedBytes);
    if (!isFolder(entry)) yield entry;
    at = next;
  }
}

/** Length of what follows stored data of unknown size: the data descriptor, and the directory if there is one. */
function descriptorBytes(bytes: Buffer, data: number, length: number): number {
  const descriptor = bytes.subarray(data, data + length).lastIndexOf('PK\x07\x08', undefined, 'latin1');
  return descriptor < 0 ? 0 : length - descriptor;
}

/** By the directory, and by the local header where that tells another tale: some unpackers believe the one, some the other. */
async function* readBothWays(bytes: Buffer, entry: ZipEntry, access: Access): AsyncGenerator<Entry> {
  const listed = await readEntry(bytes, entry, access);
  yield listed;
  const local = dataStart(bytes, entry) === undefined ? undefined : readLocalHeader(bytes, entry.at);
  if (local === undefined) return;
  if (local.flags & FLAG.sizesFollow || local.packedBytes === 0) local.packedBytes = entry.packedBytes;
  const odd = local.method !== entry.method || local.packedBytes !== entry.packedBytes;
  if (!odd && local.name === entry.name) return;
  const read = odd ? await readEntry(bytes, local, access) : listed;
  if (read.content !== undefined) yield { name: local.name, content: read.content };
}

async function readEntry(bytes: Buffer, entry: ZipEntry, access: Access): Promise<Entry> {
  const { name } = entry;
  const start = dataStart(bytes, entry);
  if (start === undefined) return { name, problem: 'damaged' };
  if (entry.method === METHOD.aes) return { name, problem: 'encrypted' };
  const packed = bytes.subarray(start, start + entry.packedBytes);
  const cutOff = packed.length < entry.packedBytes;
  const { content, problem } = await contentOf(entry, packed, access);
  const wrong = content !== undefined && entry.crc !== 0 && zlib.crc32(content) !== entry.crc;
  // The flag may lie: what unpacks to the right checksum is not encrypted.
  if (entry.flags & FLAG.encrypted && (content === undefined || wrong || entry.crc === 0)) {
    return { name, problem: 'encrypted' };
  }
  if (content === undefined) return { name, problem: problem ?? 'damaged' };
  // A wrong checksum hides nothing: an unpacker that writes the file writes these very bytes, and they are scanned. With
  // another length than the headers say, there may be more than was read.
  const odd = wrong && content.length !== entry.bytes;
  if (odd || cutOff) return { name, content, problem: 'damaged' };
  return problem === undefined || (entry.crc !== 0 && !wrong) ? { name, content } : { name, content, problem };
}

async function contentOf(entry: ZipEntry, packed: Buffer, access: Access): Promise<Pick<Entry, 'content' | 'problem'>> {
  const { bytesMax, reason } = access.room(packed.length);
  if (entry.method === METHOD.deflated) {
    return await decompress('deflate', packed, { bytesMax, reason }, entry.bytes);
  }
  // With a flag of encryption that does not lie there is nothing to unpack.
  if (entry.method !== METHOD.stored) return await unpackOtherMethod(entry, packed, access);
  return packed.length > bytesMax ? { problem: reason } : { content: packed };
}
