import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile, syncFolder, writeSynced } from '../files/durable-file.ts';
import { checkManifest, type Manifest, manifestDigest } from './manifest.ts';
import { sha256Hex } from './sha256.ts';

const MANIFEST = 'manifest.json';
const MANIFEST_BYTES_MAX = 64 * 1024;
const CHECKED_AT = 'checked-at.json';
const UNFINISHED = '.new-';
const VERSION_FOLDER = /^(\d{8})-([0-9a-f]{16})$/;

/** A file of a component, in memory. */
export interface ComponentFile {
  name: string;
  content: Buffer;
}

/** A version read from disk, every byte verified. */
export interface StoredVersion {
  manifest: Manifest;
  files: ComponentFile[];
  /** When it was fetched or last confirmed, ms since 1970. */
  checkedAtMs: number;
}

/** Names of the version folders, newest first; empty when there is no folder yet. */
export async function listVersions(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((name) => VERSION_FOLDER.test(name))
    .sort()
    .reverse();
}

/** Writes a version so that it is there as a whole or not at all, and answers the folder's name. */
export async function writeVersion(folder: string, manifest: Manifest, files: ComponentFile[]): Promise<string> {
  const unfinished = join(folder, UNFINISHED + randomUUID());
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const newest = (await listVersions(folder))[0] ?? '0';
  const name = `${String(Number.parseInt(newest, 10) + 1).padStart(8, '0')}-${manifestDigest(text)}`;
  try {
    await makeFolder(unfinished);
    for (const file of files) await writeSynced(join(unfinished, file.name), [file.content]);
    await writeSynced(join(unfinished, MANIFEST), [Buffer.from(text)]);
    await syncFolder(unfinished);
    await rename(unfinished, join(folder, name));
    await syncFolder(folder);
    return name;
  } catch (error) {
    for (const path of [unfinished, join(folder, name)])
      await rm(path, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** Reads a version and verifies it. Throws an `Error` that says what is damaged. */
export async function readVersion(folder: string, name: string, bytesMax: number): Promise<StoredVersion> {
  const path = join(folder, name);
  const text = (await readAtMost(join(path, MANIFEST), MANIFEST_BYTES_MAX)).toString();
  if (VERSION_FOLDER.exec(name)?.[2] !== manifestDigest(text)) throw new Error(`${MANIFEST} is damaged`);
  const manifest = checkManifest(JSON.parse(text));
  const files: ComponentFile[] = [];
  let left = bytesMax;
  for (const file of manifest.files) {
    const content = await readAtMost(join(path, file.name), left);
    left -= content.length;
    if ((await sha256Hex(content)) !== file.sha256) throw new Error(`${file.name} is damaged: its SHA-256 differs`);
    files.push({ name: file.name, content });
  }
  return { manifest, files, checkedAtMs: (await readCheckedAt(path)) ?? manifest.fetchedAtMs };
}

/** Notes that the version is still the newest. */
export async function writeCheckedAt(folder: string, name: string, checkedAtMs: number): Promise<void> {
  const path = join(folder, name, CHECKED_AT);
  const unfinished = `${path}${UNFINISHED}`;
  await rm(unfinished, { force: true });
  await replaceFile(path, unfinished, [Buffer.from(JSON.stringify({ checkedAtMs }))]);
}

/** Removes every version but those to keep, and what an interrupted install left. */
export async function removeOthers(folder: string, keep: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOurs = VERSION_FOLDER.test(name) || name.startsWith(UNFINISHED);
    if (isOurs && !keep.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Undefined when it was never confirmed, or the note is damaged: then the component only looks older than it is. */
async function readCheckedAt(path: string): Promise<number | undefined> {
  try {
    const { checkedAtMs } = JSON.parse(await readFile(join(path, CHECKED_AT), 'utf8'));
    return Number.isSafeInteger(checkedAtMs) && checkedAtMs >= 0 ? checkedAtMs : undefined;
  } catch {
    return undefined;
  }
}

async function readAtMost(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new Error(`${path} has ${size} bytes, more than the allowed ${bytesMax}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
