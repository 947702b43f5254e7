import { randomUUID } from 'node:crypto';
import { copyFile, link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
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

/**
 * Puts a version there as a whole or not at all, and answers the folder's name.
 * @param files where each file of the manifest is now; its content takes no further room where the file system allows it
 */
export async function writeVersion(
  folder: string,
  manifest: Manifest,
  files: readonly { name: string; path: string }[],
): Promise<string> {
  const unfinished = join(folder, UNFINISHED + randomUUID());
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const newest = (await listVersions(folder))[0] ?? '0';
  const name = `${String(Number.parseInt(newest, 10) + 1).padStart(8, '0')}-${manifestDigest(text)}`;
  try {
    await makeFolder(unfinished);
    for (const { name, path } of files) await putFile(path, join(unfinished, name));
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

/** A second name for a file that nobody changes any more, or a copy where there can be none; synced. */
async function putFile(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(error.code ?? '')) throw error;
    return copyFile(from, to);
  });
  const handle = await open(to, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a version says that it is; its files are not looked at. Throws an `Error` when that is damaged. */
export async function readManifest(folder: string, name: string): Promise<Manifest> {
  const text = (await readAtMost(join(folder, name, MANIFEST), MANIFEST_BYTES_MAX)).toString();
  if (VERSION_FOLDER.exec(name)?.[2] !== manifestDigest(text)) throw new Error(`${MANIFEST} is damaged`);
  return checkManifest(JSON.parse(text));
}

/** What is known of a version without reading its files; only their sizes are compared. Throws an `Error` when it is damaged. */
export async function describeVersion(folder: string, name: string): Promise<Omit<StoredVersion, 'files'>> {
  const manifest = await readManifest(folder, name);
  for (const file of manifest.files) {
    const { size } = await stat(join(folder, name, file.name));
    if (size !== file.bytes) throw new Error(`${file.name} is damaged: it has ${size} bytes`);
  }
  return { manifest, checkedAtMs: await checkedAt(join(folder, name), manifest) };
}

/** Reads a version and verifies it. Throws an `Error` that says what is damaged. */
export async function readVersion(folder: string, name: string, bytesMax: number): Promise<StoredVersion> {
  const path = join(folder, name);
  const manifest = await readManifest(folder, name);
  const files: ComponentFile[] = [];
  let left = bytesMax;
  for (const file of manifest.files) {
    const content = await readAtMost(join(path, file.name), left);
    left -= content.length;
    if ((await sha256Hex(content)) !== file.sha256) throw new Error(`${file.name} is damaged: its SHA-256 differs`);
    files.push({ name: file.name, content });
  }
  return { manifest, files, checkedAtMs: await checkedAt(path, manifest) };
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

/** When it was fetched where it was never confirmed, or the note is damaged: then it only looks older than it is. */
async function checkedAt(path: string, { fetchedAtMs }: Manifest): Promise<number> {
  try {
    const { checkedAtMs } = JSON.parse(await readFile(join(path, CHECKED_AT), 'utf8'));
    return Number.isSafeInteger(checkedAtMs) && checkedAtMs >= 0 ? checkedAtMs : fetchedAtMs;
  } catch {
    return fetchedAtMs;
  }
}

/** Throws when there is more. */
export async function readAtMost(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new Error(`${path} has ${size} bytes, more than the allowed ${bytesMax}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
