import { chown, stat } from 'node:fs/promises';

/**
 * What root writes must be for the user of the gateway to read and take: whoever owns the state folder. For others there is nothing to
 * do. @throws as the file system does
 */
export async function giveToOwner(stateFolder: string, paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(stateFolder);
  for (const path of paths) await chown(path, uid, gid);
}
