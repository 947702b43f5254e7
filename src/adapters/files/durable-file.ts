import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Syncs a folder, so that names made in it survive a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder (mode 0700) and its missing parents durably; does nothing when it is there. */
export async function makeFolder(folder: string): Promise<void> {
  const topMade = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (topMade === undefined) return;
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    await syncFolder(parent);
    if (parent.length < topMade.length) return;
  }
}

/** Writes a new file (mode 0600) and syncs it. Throws when it exists; leaves nothing behind when it fails. */
export async function writeSynced(path: string, content: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Puts content at `path` at once or not at all: written and synced under `temporaryPath` of the same file system, then
 * renamed, the folder synced. Leaves no temporary file when it fails.
 */
export async function replaceFile(path: string, temporaryPath: string, content: readonly Uint8Array[]): Promise<void> {
  await writeSynced(temporaryPath, content);
  try {
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
