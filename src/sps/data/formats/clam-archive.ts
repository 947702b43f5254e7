import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportRefused } from '../import-refused.ts';
import { tarFiles } from './tar-files.ts';
import { limiter, type Unpacked } from './unpack.ts';

/** What is in a .cvd or .cld. */
export interface ClamArchive {
  /** As the header says it, e.g. `version 27000 of 06 Nov 2026 04-40 -0500`. */
  version: string;
  /** Files with hashes of files. */
  files: Unpacked[];
  /** Lines of the others, by ending: they are for clamd. */
  leftOut: Map<string, number>;
}

const headerBytes = 512;
const magic = 'ClamAV-VDB:';
const hashEndings = ['.hdb', '.hsb', '.fp', '.sfp'];
/** Of potentially unwanted applications: not malware for everyone. */
const unwantedEndings = ['.hdu', '.hsu'];
/** What holds no signatures. */
const otherEndings = ['', '.info', '.cfg', '.txt'];

export function isClamArchive(beginning: Buffer): boolean {
  return beginning.toString('latin1', 0, magic.length) === magic;
}

/**
 * Takes the hashes out of a .cvd or .cld: a header of 512 bytes, `ClamAV-VDB:time:version:signatures:level:MD5:signature:builder:seconds`,
 * and behind it a tar file, usually gzipped. Its MD5 is checked, its signature is not. Throws `ImportRefused`.
 * @param path beginning of the names of what is written
 */
export async function openClamArchive(file: string, path: string, withUnwanted: boolean): Promise<ClamArchive> {
  const { version, md5, bytes, isGzip } = await readHeader(file);
  // Of a .cld, which freshclam made of a .cvd and differences, it is that of the .cvd.
  if (!/\.cld$/i.test(file) && (await md5Of(file)) !== md5)
    throw new ImportRefused(`${file} is damaged: its MD5 is not that of its header`);
  const taken = [...hashEndings, ...(withUnwanted ? unwantedEndings : [])];
  const archive: ClamArchive = { version, files: [], leftOut: new Map() };
  const packed = createReadStream(file, { start: headerBytes });
  try {
    const content = limiter(file, bytes)(isGzip ? pipeline(packed, createGunzip(), () => {}) : packed);
    for await (const { name, content: parts } of tarFiles(content)) {
      const ending = extname(name).toLowerCase();
      if (taken.includes(ending)) {
        const target = `${path}-${archive.files.length}.tmp`;
        await writeParts(target, parts);
        archive.files.push({ path: target, name });
      } else if (!otherEndings.includes(ending)) {
        archive.leftOut.set(ending, (archive.leftOut.get(ending) ?? 0) + (await linesOf(parts)));
      }
    }
    return archive;
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`${file} cannot be unpacked: ${(error as Error).message}`);
  } finally {
    packed.destroy();
  }
}

async function readHeader(file: string): Promise<{ version: string; md5: string; bytes: number; isGzip: boolean }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes + 2), 0, headerBytes + 2, 0);
    const [, time = '', version = '', , , md5 = ''] = buffer.toString('latin1', 0, headerBytes).trimEnd().split(':');
    if (bytesRead < headerBytes + 2 || !/^\d{1,9}$/.test(version)) throw new ImportRefused(`${file} is cut short`);
    const isGzip = buffer.readUInt16BE(headerBytes) === 0x1f8b;
    const { size } = await handle.stat();
    return { version: `version ${version} of ${time}`, md5: md5.toLowerCase(), bytes: size, isGzip };
  } finally {
    await handle.close();
  }
}

async function md5Of(file: string): Promise<string> {
  const digest = createHash('md5');
  for await (const chunk of createReadStream(file, { start: headerBytes })) digest.update(chunk);
  return digest.digest('hex');
}

async function writeParts(target: string, parts: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(target, 'wx');
  try {
    for await (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
}

async function linesOf(parts: AsyncIterable<Buffer>): Promise<number> {
  let lines = 0;
  for await (const part of parts) for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines++;
  return lines;
}
