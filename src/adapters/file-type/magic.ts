import type { FileType } from '../../events/file-types.ts';

/** Bytes that stand at an offset; from the end when it is negative. */
interface Magic {
  type: FileType;
  at?: number;
  bytes: Buffer;
}

const hex = (type: FileType, bytes: string, at = 0): Magic => ({ type, at, bytes: Buffer.from(bytes, 'hex') });
const text = (type: FileType, bytes: string, at = 0): Magic => ({ type, at, bytes: Buffer.from(bytes, 'latin1') });

const MAGIC: readonly Magic[] = [
  hex('elf', '7f454c46'),
  ...['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe'].map((bytes) => hex('mach-o', bytes)),
  hex('lnk', '4c0000000114020000000000c000000000000046'),
  text('dex', 'dex\n'),
  text('wasm', '\0asm'),
  text('vbe', '#@~^'),
  text('chm', 'ITSF'),
  hex('hlp', '3f5f0300'),
  text('rar', 'Rar!\x1a\x07'),
  hex('7z', '377abcaf271c'),
  text('tar', 'ustar', 257),
  hex('gzip', '1f8b08'),
  text('bzip2', 'BZh'),
  hex('xz', 'fd377a585a00'),
  hex('zstd', '28b52ffd'),
  hex('lz4', '04224d18'),
  text('lzip', 'LZIP\x01'),
  hex('compress', '1f9d'),
  ...['-lh', '-lz', '-pm'].map((bytes) => text('lha', bytes, 2)),
  hex('arj', '60ea'),
  text('ace', '**ACE**', 7),
  text('cab', 'MSCF\0\0\0\0'),
  text('ar', '!<arch>\n'),
  text('deb', '!<arch>\ndebian-binary'),
  hex('rpm', 'edabeedb'),
  ...['070701', '070702', '070707'].map((bytes) => text('cpio', bytes)),
  text('wim', 'MSWIM\0\0\0'),
  text('xar', 'xar!\0'),
  text('iso', 'CD001', 32_769),
  text('dmg', 'koly', -512),
  text('vhd', 'conectix'),
  text('vhd', 'conectix', -512),
  text('vhdx', 'vhdxfile'),
  text('vmdk', 'KDMV'),
  text('rtf', '{\\rt'),
  hex('one', 'e4525c7b8cd8a74daeb15378d02996d3'),
  hex('tnef', '789f3e22'),
  text('postscript', '%!PS'),
  ...['FWS', 'CWS', 'ZWS'].map((bytes) => text('swf', bytes)),
  hex('png', '89504e470d0a1a0a'),
  hex('jpeg', 'ffd8ff'),
  text('gif', 'GIF8'),
  hex('tiff', '49492a00'),
  hex('tiff', '4d4d002a'),
  text('psd', '8BPS'),
  hex('ico', '00000100'),
  text('mp3', 'ID3'),
  text('flac', 'fLaC'),
  text('ogg', 'OggS'),
  text('midi', 'MThd'),
  hex('matroska', '1a45dfa3'),
  hex('mpeg', '000001ba'),
  hex('asf', '3026b2758e66cf11'),
  text('flv', 'FLV\x01'),
];

function stands(content: Buffer, { at = 0, bytes }: Magic): boolean {
  const start = at < 0 ? content.length + at : at;
  if (start < 0 || content[start] !== bytes[0]) return false;
  return bytes.equals(content.subarray(start, start + bytes.length));
}

/** Types that fixed bytes tell. */
export function magicTypes(content: Buffer): FileType[] {
  return [...MAGIC.filter((magic) => stands(content, magic)).map(({ type }) => type), ...shapedTypes(content)];
}

/** Types that bytes at several places tell. */
function shapedTypes(content: Buffer): FileType[] {
  const types: FileType[] = [];
  if (isExe(content)) types.push('exe');
  if (content.length >= 8 && content.readUInt32BE(0) === 0xcafebabe) {
    // The number of programs in a fat one; of a Java class, its version, which began at 45.
    types.push(content.readUInt32BE(4) < 45 ? 'mach-o' : 'class');
  }
  if (content.toString('latin1', 0, 2) === 'BM' && content.length >= 26 && content.readUInt32LE(6) === 0)
    types.push('bmp');
  const riff = content.toString('latin1', 0, 4) === 'RIFF' ? content.toString('latin1', 8, 12) : '';
  const ofRiff = ({ WAVE: 'wav', 'AVI ': 'avi', WEBP: 'webp' } as const)[riff];
  if (ofRiff !== undefined) types.push(ofRiff);
  if (content.toString('latin1', 4, 8) === 'ftyp')
    types.push(/^(?:hei[cfmsx]|mif1|avif)/.test(content.toString('latin1', 8, 12)) ? 'heif' : 'mp4');
  if (content.subarray(0, PDF_SEARCH_BYTES).includes('%PDF-')) types.push('pdf');
  return types;
}

/** Readers of PDF look so far for its beginning. */
const PDF_SEARCH_BYTES = 1024;
const DOS_HEADER_BYTES = 28;

/** A program of DOS or Windows: `MZ` (or `ZM`), and where its header says one of Windows, or a header that text cannot have. */
function isExe(content: Buffer): boolean {
  if (content.length < DOS_HEADER_BYTES || !/^(?:MZ|ZM)$/.test(content.toString('latin1', 0, 2))) return false;
  if (content.subarray(2, DOS_HEADER_BYTES).includes(0)) return true;
  if (content.length < 64) return false;
  const at = content.readUInt32LE(60);
  return /^(?:PE\0\0|NE|LE|LX)/.test(content.toString('latin1', at, at + 4));
}
