import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ComponentRefused } from '../../actors/ports/components.ts';

/** What a file is by its manifest. */
export interface WantedFile {
  sha256: string;
  size: number;
}

/** Where a file is when it is whole. It is never changed after that; whoever keeps it has it synced. */
export function wholePath(folder: string, { sha256 }: WantedFile): string {
  return join(folder, sha256);
}

/** Where a file is as long as it is not whole. */
export function partPath(folder: string, file: WantedFile): string {
  return `${wholePath(folder, file)}.part`;
}

const downloaded = /^([0-9a-f]{64})(\.part|\.made)?$/;

/** Where a file is made out of an older one. */
export function madePath(folder: string, file: WantedFile): string {
  return `${wholePath(folder, file)}.made`;
}

/** Removes what was downloaded for another version. */
export async function removeOtherDownloads(folder: string, wanted: readonly WantedFile[]): Promise<void> {
  const keep = new Set(wanted.map(({ sha256 }) => sha256));
  for (const name of await readdir(folder)) {
    const sha256 = downloaded.exec(name)?.[1];
    if (sha256 !== undefined && !keep.has(sha256)) await rm(join(folder, name), { force: true });
  }
}

/** Whether the file at a path is the one that is wanted; false when there is none. */
export async function isFile(path: string, { sha256, size }: WantedFile): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false;
  const digest = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) digest.update(piece);
  return digest.digest('hex') === sha256;
}

/** Bytes; undefined when there is no file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.size;
}

/** Throws `ComponentRefused` (disk-full) unless so many bytes can be written and the reserve is left. */
export async function checkRoom(folder: string, bytes: number, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free - bytes >= reserveBytes) return;
  const reserve = reserveBytes > 0 ? `, of which ${reserveBytes} are kept free` : '';
  throw new ComponentRefused('disk-full', `${bytes} bytes are needed, and the disk has ${free}${reserve}`);
}
