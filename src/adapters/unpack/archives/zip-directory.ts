import { getFileNameLowLevel, parseExtraFields } from 'yauzl';
import { boundedName } from '../content-headers.ts';

/** What the central directory or a local header says of a file (APPNOTE 4.3.7, 4.3.12). */
export interface ZipEntry {
  name: string;
  /** General purpose bit flag. */
  flags: number;
  method: number;
  crc: number;
  /** Bytes of packed data. */
  packedBytes: number;
  /** Bytes that it claims to unpack to. */
  bytes: number;
  /** Offset of the local header in the file at hand, junk before the archive included. */
  at: number;
}

/** Where the central directory lies. */
export interface ZipDirectory {
  start: number;
  end: number;
  /** Bytes of junk before the archive: offsets within it count from there. */
  shift: number;
  /** The archive is one of several that make a whole. */
  split: boolean;
}

export const LOCAL_HEADER = 0x04034b50;
export const LOCAL_HEADER_BYTES = 30;
export const CENTRAL_HEADER = 0x02014b50;
export const CENTRAL_HEADER_BYTES = 46;
export const END = Buffer.from('PK\x05\x06', 'latin1');
export const END_BYTES = 22;
const END_64 = Buffer.from('PK\x06\x06', 'latin1');
const END_64_BYTES = 56;
/** The zip64 end record and its locator stand just before the end record. */
const END_64_SEARCH_BYTES = 4096;
/** A comment of 65,535 bytes may follow the end record; with some junk after it. */
const END_SEARCH_BYTES = 65_535 + END_BYTES + 4096;
const UNKNOWN_32 = 0xffffffff;
const ZIP64_EXTRA = 1;

/** The central directory by the last end record that points to one; also of a zip with junk before or after it. */
export function findDirectory(bytes: Buffer): ZipDirectory | undefined {
  const from = Math.max(0, bytes.length - END_SEARCH_BYTES);
  // Searched forwards, which is faster; the last one that fits is the one that readers take.
  let found: ZipDirectory | undefined;
  for (let at = bytes.indexOf(END, from); at >= 0; at = bytes.indexOf(END, at + 4)) {
    found = directoryOf(bytes, at) ?? found;
  }
  return found;
}

function directoryOf(bytes: Buffer, end: number): ZipDirectory | undefined {
  if (end + END_BYTES > bytes.length) return undefined;
  let size = bytes.readUInt32LE(end + 12);
  let offset = bytes.readUInt32LE(end + 16);
  const split = (bytes.readUInt16LE(end + 4) + 1) % 0x10000 > 1;
  let directoryEnd = end;
  if (size === UNKNOWN_32 || offset === UNKNOWN_32) {
    const from = Math.max(0, end - END_64_SEARCH_BYTES);
    const end64 = from + bytes.subarray(from, end).lastIndexOf(END_64);
    if (end64 < from || end64 + END_64_BYTES > bytes.length) return undefined;
    size = Number(bytes.readBigUInt64LE(end64 + 40));
    offset = Number(bytes.readBigUInt64LE(end64 + 48));
    directoryEnd = end64;
  }
  // By its size it ends where the end record starts, whatever stands before the archive. Or the offset is right.
  for (const start of [directoryEnd - size, offset]) {
    if (start >= 0 && start + 4 <= bytes.length && bytes.readUInt32LE(start) === CENTRAL_HEADER) {
      return { start, end: directoryEnd, shift: start - offset, split };
    }
  }
  return undefined;
}

/** Entries of the central directory up to the first that is none; `whole` is false when some are missing, `tooMany` when there are more than `entriesMax`. */
export function readDirectory(bytes: Buffer, directory: ZipDirectory, entriesMax: number) {
  const entries: ZipEntry[] = [];
  let at = directory.start;
  while (at + CENTRAL_HEADER_BYTES <= directory.end && bytes.readUInt32LE(at) === CENTRAL_HEADER) {
    if (entries.length >= entriesMax) return { entries, whole: true, tooMany: true };
    const nameEnd = at + CENTRAL_HEADER_BYTES + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    entries.push(
      entryOf(bytes, {
        common: at + 8,
        name: bytes.subarray(at + CENTRAL_HEADER_BYTES, nameEnd),
        extra: bytes.subarray(nameEnd, extraEnd),
        at: bytes.readUInt32LE(at + 42),
        shift: directory.shift,
      }),
    );
    at = extraEnd + bytes.readUInt16LE(at + 32);
  }
  return { entries, whole: at === directory.end, tooMany: false };
}

/** The entry that a local header at `at` describes; undefined when it is cut off. */
export function readLocalHeader(bytes: Buffer, at: number): ZipEntry | undefined {
  const nameStart = at + LOCAL_HEADER_BYTES;
  if (nameStart > bytes.length) return undefined;
  const nameEnd = nameStart + bytes.readUInt16LE(at + 26);
  const extra = bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(at + 28));
  return entryOf(bytes, { common: at + 6, name: bytes.subarray(nameStart, nameEnd), extra, at, shift: 0 });
}

/** Both headers have flags, method, time, CRC and sizes in one order, at `common`. */
function entryOf(
  bytes: Buffer,
  header: { common: number; name: Buffer; extra: Buffer; at: number; shift: number },
): ZipEntry {
  const { common, name, extra, shift } = header;
  const flags = bytes.readUInt16LE(common);
  const extraFields = extraFieldsOf(extra);
  const sizes = { bytes: bytes.readUInt32LE(common + 16), packedBytes: bytes.readUInt32LE(common + 12), at: header.at };
  const large = extraFields.find((field) => field.id === ZIP64_EXTRA)?.data;
  let used = 0;
  for (const key of ['bytes', 'packedBytes', 'at'] as const) {
    if (sizes[key] !== UNKNOWN_32 || large === undefined || used + 8 > large.length) continue;
    sizes[key] = Number(large.readBigUInt64LE(used));
    used += 8;
  }
  return {
    name: boundedName(getFileNameLowLevel(flags, name, extraFields, true)) ?? '',
    flags,
    method: bytes.readUInt16LE(common + 2),
    crc: bytes.readUInt32LE(common + 8),
    bytes: sizes.bytes,
    packedBytes: sizes.packedBytes,
    at: sizes.at + shift,
  };
}

function extraFieldsOf(extra: Buffer): ReturnType<typeof parseExtraFields> {
  try {
    return parseExtraFields(extra);
  } catch {
    return [];
  }
}
