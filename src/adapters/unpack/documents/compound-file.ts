/** A stream of a compound file. */
export interface CompoundStream {
  /** Names of storages and of the stream, from the root. */
  path: readonly string[];
  content: Buffer;
  /** Bytes of it are somewhere in the file, but its chain of sectors does not lead to them. */
  damaged: boolean;
}

const MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const HEADER_BYTES = 512;
const ENTRY_BYTES = 128;
const DIFAT_IN_HEADER = 109;
const TYPE = { storage: 1, stream: 2, root: 5 };
const NONE = 0xffffffff;
/** Sectors with a higher number are marks: end of chain, free, part of the FAT. */
const LAST_SECTOR = 0xfffffffa;
/** Streams of a sound file share no sector; of all streams together so many times the file is read, then no more. */
const SHARED_MAX = 4;

/** By magic (MS-CFB 2.2). */
export function isCompoundFile(bytes: Buffer): boolean {
  return bytes.length > HEADER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * Reads a compound file (MS-CFB), the container of doc, xls, ppt, msg and msi: all streams, also those that the tree of
 * names does not reach. Bounded: a chain ends at its first loop, and sectors that many streams share are not read for ever.
 */
export function readCompoundFile(bytes: Buffer, streamsMax: number): { streams: CompoundStream[]; tooMany: boolean } {
  const sectors = new Sectors(bytes);
  const directory = sectors.chain(bytes.readUInt32LE(48), Number.POSITIVE_INFINITY).content;
  const entries = readEntries(directory);
  const root = entries.find((entry) => entry.type === TYPE.root);
  const mini = new MiniSectors(
    root ? sectors.chain(root.start, Number.POSITIVE_INFINITY).content : Buffer.alloc(0),
    sectors.chain(bytes.readUInt32LE(60), Number.POSITIVE_INFINITY).content,
    sectors,
  );
  const paths = pathsOf(entries);
  const streams: CompoundStream[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== TYPE.stream || entry.size === 0) continue;
    if (streams.length >= streamsMax) return { streams, tooMany: true };
    const { content, broken } =
      entry.size < bytes.readUInt32LE(56)
        ? mini.chain(entry.start, entry.size)
        : sectors.chain(entry.start, entry.size);
    const path = paths.get(index) ?? [entry.name];
    streams.push({ path, content, damaged: broken && content.length < entry.size });
  }
  return { streams, tooMany: false };
}

interface Chain {
  content: Buffer;
  /** It ended by a loop or a number that cannot be; not by the end of the file. */
  broken: boolean;
}

/** Follows `next` and joins what stands one after the other, so that a stream in one piece is not copied. */
function follow(
  source: Buffer,
  start: number,
  size: number,
  layout: { sectorBytes: number; offset: number; next(sector: number): number | undefined; take(): boolean },
): Chain {
  const { sectorBytes, offset, next, take } = layout;
  const pieces: Buffer[] = [];
  const passed = new Set<number>();
  let sector: number | undefined = start;
  let length = 0;
  let from = -1;
  let to = -1;
  while (sector !== undefined && sector < LAST_SECTOR && length < size && !passed.has(sector) && take()) {
    const at = offset + sector * sectorBytes;
    if (at >= source.length) break;
    if (at !== to) {
      if (from >= 0) pieces.push(source.subarray(from, to));
      from = at;
    }
    to = at + sectorBytes;
    length += sectorBytes;
    passed.add(sector);
    sector = next(sector);
  }
  if (from >= 0) pieces.push(source.subarray(from, to));
  const content = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
  const outside = sector !== undefined && sector < LAST_SECTOR && offset + sector * sectorBytes >= source.length;
  return { content: content.subarray(0, size), broken: length < size && !outside };
}

class Sectors {
  readonly #bytes: Buffer;
  readonly #sectorBytes: number;
  readonly #fat: number[] = [];
  #left: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    // 512 in version 3, 4096 in version 4; whatever else the header says is not read by others either.
    this.#sectorBytes = bytes.readUInt16LE(30) === 12 ? 4096 : 512;
    this.#left = SHARED_MAX * Math.ceil(bytes.length / 64) + 16;
    this.#readFat();
  }

  /** At most `size` bytes of the stream that starts in this sector. */
  chain(start: number, size: number): Chain {
    return follow(this.#bytes, start, size, {
      sectorBytes: this.#sectorBytes,
      offset: this.#sectorBytes,
      next: (sector) => this.#next(sector),
      take: () => this.take(),
    });
  }

  /** False when so much was read that streams must share their sectors. */
  take(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }

  #next(sector: number): number | undefined {
    const perSector = this.#sectorBytes / 4;
    const fat = this.#fat[Math.floor(sector / perSector)];
    if (fat === undefined) return undefined;
    const at = (fat + 1) * this.#sectorBytes + (sector % perSector) * 4;
    return at + 4 <= this.#bytes.length ? this.#bytes.readUInt32LE(at) : undefined;
  }

  /** Where the FAT stands: 109 sectors in the header, more in a chain of sectors of their own. */
  #readFat(): void {
    const bytes = this.#bytes;
    const sectorsMax = Math.ceil(bytes.length / this.#sectorBytes);
    const add = (at: number) => {
      const sector = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : NONE;
      if (sector < LAST_SECTOR && this.#fat.length < sectorsMax) this.#fat.push(sector);
    };
    for (let i = 0; i < DIFAT_IN_HEADER; i += 1) add(76 + i * 4);
    let next = bytes.readUInt32LE(68);
    const perSector = this.#sectorBytes / 4 - 1;
    for (let count = 0; next < LAST_SECTOR && count < sectorsMax / perSector + 1; count += 1) {
      const at = (next + 1) * this.#sectorBytes;
      if (at + this.#sectorBytes > bytes.length) return;
      for (let i = 0; i < perSector; i += 1) add(at + i * 4);
      next = bytes.readUInt32LE(at + perSector * 4);
    }
  }
}

/** Short streams: sectors of 64 bytes within a stream of the file, with a FAT of their own. */
class MiniSectors {
  readonly #container: Buffer;
  readonly #fat: Buffer;
  readonly #sectors: Sectors;

  constructor(container: Buffer, fat: Buffer, sectors: Sectors) {
    this.#container = container;
    this.#fat = fat;
    this.#sectors = sectors;
  }

  chain(start: number, size: number): Chain {
    return follow(this.#container, start, size, {
      sectorBytes: 64,
      offset: 0,
      next: (sector) => (sector * 4 + 4 <= this.#fat.length ? this.#fat.readUInt32LE(sector * 4) : undefined),
      take: () => this.#sectors.take(),
    });
  }
}

interface DirectoryEntry {
  name: string;
  type: number;
  left: number;
  right: number;
  child: number;
  start: number;
  size: number;
}

function readEntries(directory: Buffer): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= directory.length; at += ENTRY_BYTES) {
    const nameBytes = Math.min(Math.max(directory.readUInt16LE(at + 64) - 2, 0), 62);
    entries.push({
      name: readableName(directory.toString('utf16le', at, at + nameBytes)),
      type: directory[at + 66] ?? 0,
      left: directory.readUInt32LE(at + 68),
      right: directory.readUInt32LE(at + 72),
      child: directory.readUInt32LE(at + 76),
      start: directory.readUInt32LE(at + 116),
      size: directory.readUInt32LE(at + 120),
    });
  }
  return entries;
}

/** Path of each entry that the tree reaches; iterative, and each entry once. */
function pathsOf(entries: readonly DirectoryEntry[]): Map<number, readonly string[]> {
  const paths = new Map<number, readonly string[]>();
  const waiting: { index: number; parent: readonly string[] }[] = [{ index: entries[0]?.child ?? NONE, parent: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { index, parent } = next;
    const entry = entries[index];
    if (entry === undefined || paths.has(index)) continue;
    // A path of a hostile depth would cost as much memory as its square.
    const path = parent.length < 32 ? [...parent, entry.name] : [entry.name];
    paths.set(index, path);
    for (const sibling of [entry.left, entry.right]) waiting.push({ index: sibling, parent });
    if (entry.type === TYPE.storage) waiting.push({ index: entry.child, parent: path });
  }
  return paths;
}

const MSI_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._';

/** Names of Windows Installer, which packs two letters into one character; others as they are. */
function readableName(name: string): string {
  let readable = '';
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i);
    if (code >= 0x3800 && code < 0x4800) {
      readable += `${MSI_ALPHABET[(code - 0x3800) & 63]}${MSI_ALPHABET[(code - 0x3800) >> 6]}`;
    } else if (code >= 0x4800 && code < 0x4840) readable += MSI_ALPHABET[code - 0x4800];
    else readable += code === 0x4840 ? '!' : name[i];
  }
  return readable;
}
