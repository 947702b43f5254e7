import zlib from 'node:zlib';
import sevenZip from '7z-wasm';
import { zip } from './mails.ts';

/** The parts of 7z-wasm that are used here; its types are of another module system. */
interface Packer {
  FS: { writeFile(path: string, content: Uint8Array): void; readFile(path: string): Uint8Array };
  callMain(args: string[]): number;
}
const packer = sevenZip as unknown as (options: object) => Promise<Packer>;

/** An archive of one file, made by 7-Zip: `-t7z`, `-txz`, ... */
export async function sevenZipped(name: string, content: Buffer, ...options: string[]): Promise<Buffer> {
  const { FS, callMain } = await packer({ print: () => {}, printErr: () => {}, quit: () => {} });
  FS.writeFile(name, content);
  callMain(['a', ...options, '/made.archive', name]);
  return Buffer.from(FS.readFile('/made.archive'));
}

/** A tar (ustar) of one file or whatever else its type says. */
export function tarEntry(name: string, content: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`        ${type}`, 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** An LZ4 frame of stored blocks. */
export function lz4Stored(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((0x80000000 | content.length) >>> 0);
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), size, content, Buffer.alloc(4)]);
}

/** A RAR 5 archive of one stored file. No free program makes one. */
export function rar5Stored(name: string, content: Buffer): Buffer {
  const main = rar5Header([1, 0, 0]);
  const file = rar5Header(
    [2, 2, ...vint(content.length), 4, ...vint(content.length), 0, ...crcBytes(content), 0, 1, name.length],
    Buffer.from(name),
  );
  return Buffer.concat([Buffer.from('526172211a070100', 'hex'), main, file, content, rar5Header([5, 0, 0])]);
}

function rar5Header(fields: readonly number[], name: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(fields), name]);
  const sized = Buffer.concat([Buffer.from(vint(body.length)), body]);
  return Buffer.concat([Buffer.from(crcBytes(sized)), sized]);
}

function vint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...vint(value >>> 7)];
}

function crcBytes(content: Buffer): number[] {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(zlib.crc32(content));
  return [...crc];
}

/** Ways to put one file into an archive, by name. */
export const PACKERS: Record<string, (content: Buffer) => Buffer | Promise<Buffer>> = {
  gzip: (content) => zlib.gzipSync(content),
  zstd: (content) => zlib.zstdCompressSync(content),
  zip: (content) => zip([{ name: 'in.zip', content }]),
  lz4: lz4Stored,
  tar: (content) => Buffer.concat([tarEntry('in.tar', content), Buffer.alloc(1024)]),
  rar: (content) => rar5Stored('in.rar', content),
  '7z': (content) => sevenZipped('in.7z', content, '-t7z', '-mx=1'),
  xz: (content) => sevenZipped('in.xz', content, '-txz', '-mx=1'),
  bzip2: (content) => sevenZipped('in.bz2', content, '-tbzip2', '-mx=1'),
  wim: (content) => sevenZipped('in.wim', content, '-twim'),
  'zip, Deflate64': (content) => sevenZipped('in.zip', content, '-tzip', '-mm=Deflate64'),
};
