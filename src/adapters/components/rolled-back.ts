import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '../files/durable-file.ts';

/** Beside the version folders, for as long as no newer version came. */
const NOTE = 'rolled-back.json';

/** A version that an administrator did not want: it is not taken into use again. */
export interface RolledBack {
  version: string;
  /** Its folder. */
  name: string;
}

/** Nothing was rolled back, or a newer version came: undefined. Throws when the note cannot be read. */
export async function readRolledBack(folder: string): Promise<RolledBack | undefined> {
  const text = await readFile(join(folder, NOTE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { version, name } = JSON.parse(text) as RolledBack;
  if (typeof version !== 'string' || typeof name !== 'string') throw new Error(`${NOTE} is damaged`);
  return { version, name };
}

/** From here on, also after a crash, the version is not used. */
export async function noteRolledBack(folder: string, rolledBack: RolledBack): Promise<void> {
  const path = join(folder, NOTE);
  const unfinished = `${path}.new`;
  await rm(unfinished, { force: true });
  await replaceFile(path, unfinished, [Buffer.from(JSON.stringify(rolledBack))]);
}

/** A newer version is in use. */
export async function forgetRolledBack(folder: string): Promise<void> {
  await rm(join(folder, NOTE), { force: true });
  await syncFolder(folder);
}
