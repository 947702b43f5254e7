import type { Access, Format } from '../format.ts';
import type { Entry } from '../found.ts';
import { gzip } from './gzip.ts';
import { iso } from './iso.ts';
import { lz4 } from './lz4.ts';
import { lzip } from './lzip.ts';
import { sevenZipFormat } from './seven-zip.ts';
import { shapedFormats, signedFormats } from './signatures.ts';
import { tar } from './tar.ts';
import { zip } from './zip.ts';
import { zlibStream } from './zlib-stream.ts';

/** Signatures of one format that are tried in one file; more are chance, or a prank. */
const TRIES_MAX = 20;
const ZLIB_TRIES_MAX = 1000;
const SIGNATURE_BYTES = 16;

/** An archive that may begin at any byte. */
interface Embedded {
  format: Format;
  /** Of the archive, in the order of its bytes from `shift` on. */
  magic: Buffer;
  /** How far into the archive the magic is. */
  shift: number;
}

/** Of these 7-Zip does not say where they end: what follows them looks like damage, and is searched as well. */
const ENDLESS = ['xz', 'zstd', 'bzip2', 'lzip', 'ar'];

const nsis = sevenZipFormat({ name: 'nsis', type: 'Nsis', recognises: () => true });

const EMBEDDED: readonly Embedded[] = [
  embedded('7z', '377abcaf271c'),
  embedded('rar', '526172211a0700'),
  embedded('rar5', '526172211a070100'),
  embedded('cab', '4d53434600000000'),
  embedded('xz', 'fd377a585a00'),
  embedded('wim', '4d5357494d000000'),
  embedded('chm', '4954534603000000'),
  embedded('rpm', 'edabeedb'),
  embedded('ar', '213c617263683e0a'),
  embedded('zstd', '28b52ffd'),
  { format: iso, magic: Buffer.from('\x01CD001', 'latin1'), shift: 32_768 },
  embedded('bzip2', '314159265359', 4),
  embedded('lha', '2d6c68', 2),
  embedded('arj', '60ea'),
  embedded('cpio', '3037303730'),
  { format: tar, magic: Buffer.from('ustar', 'latin1'), shift: 257 },
  { format: lzip, magic: Buffer.from('LZIP', 'latin1'), shift: 0 },
  { format: nsis, magic: Buffer.from('\xef\xbe\xad\xdeNullsoftInst', 'latin1'), shift: 4 },
  { format: zip, magic: Buffer.from('504b0304', 'hex'), shift: 0 },
  { format: gzip, magic: Buffer.from('1f8b08', 'hex'), shift: 0 },
  { format: lz4, magic: Buffer.from('04224d18', 'hex'), shift: 0 },
  ...['7801', '785e', '789c', '78da'].map((magic) => ({
    format: zlibStream,
    magic: Buffer.from(magic, 'hex'),
    shift: 0,
  })),
];

function embedded(name: string, magic: string, shift = 0): Embedded {
  const format = [...signedFormats, ...shapedFormats].find((each) => each.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return { format, magic: Buffer.from(magic, 'hex'), shift };
}

/** By the first two bytes of the magic. */
const STARTS = Map.groupBy(EMBEDDED, ({ magic }) => magic.readUInt16BE(0));
/** A bit for each pair of bytes, looked up at each byte: small enough for the nearest cache. */
const IS_START = new Int32Array(0x10000 / 32);
for (const pair of STARTS.keys()) IS_START[pair >> 5] = (IS_START[pair >> 5] ?? 0) | (1 << (pair & 31));

/**
 * Archives that begin anywhere within content that is none itself: self-extracting ones, and what was appended to a picture.
 * One of which nothing can be read is taken for a coincidence, unless it is encrypted.
 */
export async function* readEmbedded(content: Buffer, access: Access): AsyncGenerator<Entry> {
  // Text has no zeros, and every archive of some size has.
  if (!content.includes(0)) return;
  const tries = new Map<Format, number>();
  for (const { format, at } of candidates(content)) {
    const left = tries.get(format) ?? (format === zlibStream ? ZLIB_TRIES_MAX : TRIES_MAX);
    if (left === 0) continue;
    tries.set(format, left - 1);
    const entries: Entry[] = [];
    for await (const entry of format.read(content.subarray(at), access)) entries.push(entry);
    if (ENDLESS.includes(format.name)) {
      for (const { name, content } of entries) if (content) yield { name, content };
      continue;
    }
    if (!isWorthwhile(entries, format)) continue;
    yield* entries;
    if (format === zlibStream || format === tar) continue;
    // What follows an archive is among its entries; a zip is read to the end of the file.
    if (format !== zip) return;
    tries.set(zip, 0);
  }
}

function isWorthwhile(entries: readonly Entry[], format: Format): boolean {
  if (entries.some((entry) => entry.content?.length && entry.problem === undefined)) return true;
  return format !== zip && entries.some(({ problem }) => problem === 'encrypted' || problem === 'partial');
}

function* candidates(content: Buffer): Generator<{ format: Format; at: number }> {
  for (let index = nextPair(content, 0); index >= 0; index = nextPair(content, index + 1)) {
    for (const { format, magic, shift } of STARTS.get(content.readUInt16BE(index)) ?? []) {
      const at = index - shift;
      // What begins with it is not taken for a container: no program opens a bare zlib stream.
      if (at < 0 || (at === 0 && format !== zlibStream) || !matches(content, index, magic)) continue;
      if (format === nsis || format.recognises(content.subarray(at))) yield { format, at };
    }
  }
}

/** Where the next pair of bytes is that may begin an archive; -1 when there is none. */
function nextPair(content: Buffer, from: number): number {
  const end = content.length - SIGNATURE_BYTES;
  let pair = content[from] ?? 0;
  for (let index = from + 1; index < end; index += 1) {
    pair = ((pair << 8) | (content[index] ?? 0)) & 0xffff;
    if (((IS_START[pair >> 5] ?? 0) >> (pair & 31)) & 1) return index - 1;
  }
  return -1;
}

function matches(content: Buffer, at: number, magic: Buffer): boolean {
  for (let index = 1; index < magic.length; index += 1) {
    if (content[at + index] !== magic[index]) return false;
  }
  return true;
}
