import { lstat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { filesIn } from './gather.ts';
import { listed, type Manifest, manifestName } from './manifest.ts';
import { BackupRefused } from './refused.ts';

/**
 * Holds every file against the manifest.
 * @param onProgress told the share of bytes that is done, from 0 to 1
 * @throws {BackupRefused} when one is missing, different, or not listed
 */
export async function verify(folder: string, manifest: Manifest, onProgress: (share: number) => void): Promise<void> {
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const known = new Set(manifest.files.map(({ path }) => path));
  const stranger = (await filesIn(folder)).find((path) => path !== manifestName && !known.has(path));
  if (stranger !== undefined)
    throw new BackupRefused(`it holds ${JSON.stringify(stranger)}, which its manifest does not list`);
  let done = 0;
  for (const { path, bytes, sha256 } of manifest.files) {
    if (isAbsolute(path) || normalize(path) !== path || path.startsWith('..'))
      throw new BackupRefused(`its manifest lists ${JSON.stringify(path)}, which is outside of it`);
    const file = await lstat(join(folder, path)).catch(() => undefined);
    if (!file?.isFile()) throw new BackupRefused(`${path} is missing`);
    const found = await listed(folder, path);
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw new BackupRefused(`${path} is not what was backed up: the backup is damaged`);
    done += bytes;
    onProgress(total === 0 ? 1 : done / total);
  }
}
