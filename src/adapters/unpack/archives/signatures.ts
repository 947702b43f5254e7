import zlib from 'node:zlib';
import type { Format } from '../format.ts';
import { sevenZipFormat } from './seven-zip.ts';
import { hasEncryptedNames } from './seven-zip-header.ts';

/** Bytes that stand at an offset; from the end when it is negative. */
interface Signature {
  at?: number;
  /** Hexadecimal. */
  bytes: string;
}
interface Signed {
  name: string;
  /** As 7-Zip calls it; the name, where there is none. */
  type?: string;
  /** Each stands for the format. */
  signatures: readonly Signature[];
  weak?: boolean;
  toTheEnd?: boolean;
  isEncrypted?(content: Buffer): boolean;
}

const text = (characters: string) => Buffer.from(characters, 'latin1').toString('hex');

/** What 7-Zip opens by bytes at a fixed place. */
const SIGNED: readonly Signed[] = [
  { name: '7z', signatures: [{ bytes: '377abcaf271c' }], isEncrypted: hasEncryptedNames },
  { name: 'rar', type: 'Rar', signatures: [{ bytes: '526172211a0700' }] },
  { name: 'rar5', type: 'Rar5', signatures: [{ bytes: '526172211a070100' }] },
  { name: 'xz', signatures: [{ bytes: 'fd377a585a00' }] },
  { name: 'zstd', signatures: [{ bytes: '28b52ffd' }] },
  { name: 'compress', type: 'Z', signatures: [{ bytes: '1f9d' }], weak: true },
  { name: 'cab', type: 'Cab', signatures: [{ bytes: '4d53434600000000' }] },
  { name: 'udf', type: 'Udf', signatures: [{ at: 34_817, bytes: text('NSR') }, ...udfAfterIso()], weak: true },
  { name: 'wim', signatures: [{ bytes: text('MSWIM\0\0\0') }] },
  {
    name: 'cpio',
    type: 'Cpio',
    signatures: [text('070701'), text('070702'), text('070707'), 'c771', '71c7'].map((bytes) => ({ bytes })),
    weak: true,
  },
  { name: 'ar', type: 'Ar', signatures: [{ bytes: text('!<arch>\n') }], toTheEnd: true },
  { name: 'rpm', type: 'Rpm', signatures: [{ bytes: 'edabeedb' }] },
  { name: 'chm', type: 'Chm', signatures: [{ bytes: text('ITSF') }] },
  { name: 'hxs', type: 'Hxs', signatures: [{ bytes: text('ITOLITLS') }] },
  { name: 'dmg', type: 'Dmg', signatures: [{ at: -512, bytes: text('koly') }] },
  {
    name: 'hfs',
    type: 'HFS',
    signatures: ['4244', '482b0004', '48580005'].map((bytes) => ({ at: 1024, bytes })),
    weak: true,
  },
  { name: 'apfs', type: 'APFS', signatures: [{ at: 32, bytes: text('NXSB') }], weak: true },
  { name: 'xar', type: 'Xar', signatures: [{ bytes: text('xar!\0') }] },
  {
    name: 'squashfs',
    type: 'SquashFS',
    signatures: ['hsqs', 'sqsh', 'shsq', 'qshs'].map((magic) => ({ bytes: text(magic) })),
  },
  { name: 'cramfs', type: 'CramFS', signatures: [{ at: 16, bytes: text('Compressed ROMFS') }] },
  { name: 'szdd', type: 'MsLZ', signatures: [{ bytes: '535a444488f02733' }] },
  { name: 'vhd', type: 'VHD', signatures: [{ bytes: text('conectix') }, { at: -512, bytes: text('conectix') }] },
  { name: 'vhdx', type: 'VHDX', signatures: [{ bytes: text('vhdxfile') }] },
  { name: 'vmdk', type: 'VMDK', signatures: [{ bytes: text('KDMV') }] },
  { name: 'vdi', type: 'VDI', signatures: [{ at: 64, bytes: '7f10dabe' }] },
  { name: 'qcow', type: 'QCOW', signatures: [{ bytes: '514649fb' }] },
  { name: 'ntfs', type: 'NTFS', signatures: [{ at: 3, bytes: text('NTFS    ') }] },
  { name: 'ext', type: 'Ext', signatures: [{ at: 1080, bytes: '53ef' }], weak: true },
  { name: 'gpt', type: 'GPT', signatures: [{ at: 512, bytes: text('EFI PART') }] },
];

/** The descriptors of ISO 9660 come first where a volume is both. */
function udfAfterIso(): Signature[] {
  return Array.from({ length: 12 }, (_, sector) => ({ at: 32_769 + 2048 * (sector + 2), bytes: text('NSR') }));
}

function hasSignature(content: Buffer, { at = 0, bytes }: { at?: number; bytes: Buffer }): boolean {
  const start = at < 0 ? content.length + at : at;
  if (start < 0 || content[start] !== bytes[0]) return false;
  return bytes.equals(content.subarray(start, start + bytes.length));
}

/** Formats of 7-Zip that are known by bytes at a fixed place. */
export const signedFormats: readonly Format[] = SIGNED.map(({ type, signatures, ...format }) => {
  const parsed = signatures.map(({ at = 0, bytes }) => ({ at, bytes: Buffer.from(bytes, 'hex') }));
  const recognises = (content: Buffer) => parsed.some((signature) => hasSignature(content, signature));
  return sevenZipFormat({ ...format, type: type ?? format.name, recognises });
});

/** `BZh`, the level, and the magic of a block or, of an empty stream, that of its end. */
const BZIP2 = /^425a683[1-9](?:314159265359|177245385090)/;
const LHA = /^-(?:lh[\dx]|lhd|lz[s45]|pm[012s])-$/;
const LZMA_PROPERTIES_MAX = 9 * 5 * 5;
const ARJ = { magic: 0xea60, bytesMin: 30, bytesMax: 2600 };
const BOOT_SIGNATURE = 0xaa55;
const PARTITIONS = { at: 446, bytes: 16, count: 4 };

/** Formats of 7-Zip that are known by more than fixed bytes. */
export const shapedFormats: readonly Format[] = [
  sevenZipFormat({
    name: 'bzip2',
    type: 'bzip2',
    recognises: (content) => content[0] === 0x42 && BZIP2.test(content.toString('hex', 0, 10)),
  }),
  sevenZipFormat({
    name: 'lha',
    type: 'Lzh',
    recognises: (content) => content[2] === 0x2d && LHA.test(content.toString('latin1', 2, 7)),
    weak: true,
  }),
  sevenZipFormat({ name: 'arj', type: 'Arj', recognises: isArj }),
  sevenZipFormat({ name: 'lzma', type: 'lzma', recognises: isLzma, weak: true }),
  sevenZipFormat({ name: 'fat', type: 'FAT', recognises: isFat, weak: true }),
  sevenZipFormat({ name: 'mbr', type: 'MBR', recognises: isPartitioned, weak: true }),
];

/** LZMA alone has no signature: properties, a size of dictionary that is a sum of at most two powers of two, a size that is unknown or plausible. */
function isLzma(content: Buffer): boolean {
  if (content.length < 18 || (content[0] ?? 255) >= LZMA_PROPERTIES_MAX || content[13] !== 0) return false;
  const dictionary = content.readUInt32LE(1);
  const size = content.readBigUInt64LE(5);
  const ones = dictionary.toString(2).replaceAll('0', '').length;
  return dictionary >= 4096 && ones <= 2 && (size === 0xffff_ffff_ffff_ffffn || (size > 0n && size < 1n << 38n));
}

/** The archive header: its length, and its checksum after it (ARJ technical note). */
function isArj(content: Buffer): boolean {
  if (content.length < 44 || content.readUInt16LE(0) !== ARJ.magic) return false;
  const bytes = content.readUInt16LE(2);
  if (bytes < ARJ.bytesMin || bytes > ARJ.bytesMax || content.length < bytes + 8) return false;
  return zlib.crc32(content.subarray(4, 4 + bytes)) === content.readUInt32LE(4 + bytes);
}

function hasBootSector(content: Buffer): boolean {
  return content.length >= 1024 && content.readUInt16LE(510) === BOOT_SIGNATURE;
}

function isFat(content: Buffer): boolean {
  if (!hasBootSector(content) || (content[0] !== 0xeb && content[0] !== 0xe9)) return false;
  return content.toString('latin1', 54, 57) === 'FAT' || content.toString('latin1', 82, 87) === 'FAT32';
}

/** A table of partitions, of which one at least is there and the others are empty or there. */
function isPartitioned(content: Buffer): boolean {
  if (!hasBootSector(content) || isFat(content) || content.toString('latin1', 3, 7) === 'NTFS') return false;
  let used = 0;
  for (let index = 0; index < PARTITIONS.count; index += 1) {
    const at = PARTITIONS.at + index * PARTITIONS.bytes;
    if (((content[at] ?? 1) & 0x7f) !== 0) return false;
    const type = content[at + 4];
    const sectors = content.readUInt32LE(at + 12);
    if (type !== 0 && sectors === 0) return false;
    if (type !== 0) used += 1;
  }
  return used > 0;
}
