import { chown, cp, lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFolder } from '../files/durable-file.ts';

/** A file or folder on its way to where it belongs. Without `from`, what is there only goes aside. */
export interface Placing {
  from?: string;
  to: string;
  /** Where that goes which is there. */
  aside: string;
}

/**
 * Moves everything to its place, and aside what was there: all of it, or nothing.
 * @throws as the file system does, with everything back where it was
 */
export async function putInPlace(placings: readonly Placing[]): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const step = async (from: string, to: string) => {
    await move(from, to);
    undo.unshift(() => move(to, from));
  };
  try {
    for (const { from, to, aside } of placings) {
      await makeFolder(dirname(to));
      if (await exists(to)) await step(to, aside);
      if (from !== undefined) await step(from, to);
      await syncFolder(dirname(to));
    }
  } catch (error) {
    for (const back of undo) await back();
    throw error;
  }
}

/** Whether there is something: a file, or a folder with something in it besides locks. */
export async function isThere(path: string): Promise<boolean> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return ['itself'];
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.some((name) => !name.endsWith('.lock'));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** By name where it can be; a place on another file system gets a copy, which is whole when it has the name. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, `${to}.copying`, { recursive: true, preserveTimestamps: true });
    await rename(`${to}.copying`, to);
    await rm(from, { recursive: true });
  }
}

/** Gives a file or folder with all that is in it to a user. */
export async function giveAll(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const found = await lstat(path);
  await chown(path, uid, gid);
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await giveAll(join(path, name), { uid, gid });
}
