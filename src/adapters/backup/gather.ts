import { copyFile, link, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyDatabase } from './copy-database.ts';

/** What belongs to a database or to a write that is under way: the copy has no need of it. */
const beside = /(-wal|-shm|-journal|\.lock|\.tmp)$/;
const database = /\.db$/;

export interface GatherOptions {
  /** Where the files are; when it is missing there are none. */
  from: string;
  /** Made for them. */
  to: string;
  /** Files that never change may be there twice by name only: no space, no time. Not for a backup that stays on this disk. */
  mayLink: boolean;
  /** Told the part's share that is done, from 0 to 1. */
  onProgress: (share: number) => void;
}

/** Copies the files of a folder, while others write it. What goes meanwhile is left out. */
export async function gather({ from, to, mayLink, onProgress }: GatherOptions): Promise<void> {
  const files = await filesIn(from);
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const [index, file] of files.entries()) {
    const [source, copy] = [join(from, file), join(to, file)];
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
    if (database.test(file)) await copyDatabase(source, copy, (share) => onProgress((index + share) / files.length));
    else await copyOne(source, copy, mayLink);
    onProgress((index + 1) / files.length);
  }
}

/** Paths of all files under a folder, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noneWhenMissing);
  return found
    .filter((entry) => entry.isFile() && !beside.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function copyOne(source: string, copy: string, mayLink: boolean): Promise<void> {
  try {
    if (mayLink && (await linked(source, copy))) return;
    await copyFile(source, copy);
  } catch (error) {
    noneWhenMissing(error);
  }
}

/** Not from one file system to another, and not for files of somebody else. */
function linked(source: string, copy: string): Promise<boolean> {
  return link(source, copy).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw error;
      return false;
    },
  );
}

function noneWhenMissing(error: unknown): never[] {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return [];
}
