import { rename, rm } from 'node:fs/promises';
import { type ComponentAtHand, ComponentRefused, type DownloadedFile } from '../../actors/ports/components.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { ComponentManifest, Delta, PackageFile } from '../../sps/protocol/component-package.ts';
import { applyDelta } from '../../sps/protocol/delta/apply.ts';
import { DeltaInvalid } from '../../sps/protocol/delta/format.ts';
import { asRefused } from '../components/refusal.ts';
import { downloadFile, type GetFile } from './download-file.ts';
import { checkRoom, isFile, madePath, partPath, removeOtherDownloads, sizeOf, wholePath } from './download-folder.ts';

/** What a fetch of files works with. */
export interface FetchFilesParts {
  /** Where they go. */
  folder: string;
  get: GetFile;
  /** The disk keeps so much free; bytes. */
  reserveBytes: number;
  signal: AbortSignal;
}

/** How one file comes. */
interface Way {
  file: PackageFile;
  /** It is there already. */
  path?: string;
  /** It can be made of a file that is there. */
  delta?: { delta: Delta; from: string };
}

/** Brings all files of a manifest here, by the shortest way. Throws `ComponentRefused` or `ReputationFailure`. */
export async function fetchFiles(
  parts: FetchFilesParts,
  manifest: ComponentManifest,
  atHand: ComponentAtHand,
): Promise<DownloadedFile[]> {
  const { folder } = parts;
  await removeOtherDownloads(folder, [...manifest.files, ...manifest.deltas]);
  const ways: Way[] = [];
  for (const file of manifest.files) ways.push(await wayOf(folder, file, manifest, atHand));
  let bytes = 0;
  for (const { file, path, delta } of ways) {
    if (path === undefined) bytes += (await left(folder, file)) + (delta?.delta.size ?? 0);
  }
  if (bytes > 0) await checkRoom(folder, bytes, parts.reserveBytes);
  const files: DownloadedFile[] = [];
  for (const way of ways) {
    const { name, sha256 } = way.file;
    files.push({
      name,
      sha256,
      path: way.path ?? (await byDelta(parts, way)) ?? (await downloadFile(folder, way.file, parts.get)),
    });
  }
  return files;
}

async function wayOf(
  folder: string,
  file: PackageFile,
  { deltas }: ComponentManifest,
  { files }: ComponentAtHand,
): Promise<Way> {
  const same = files.find(({ sha256 }) => sha256 === file.sha256);
  for (const path of [wholePath(folder, file), ...(same ? [same.path] : [])]) {
    if (await isFile(path, file)) return { file, path };
  }
  // What came of the whole file is not thrown away for a delta that is larger than the rest.
  const rest = await left(folder, file);
  const [delta] = deltas
    .filter(({ to, from, size }) => to === file.sha256 && size < rest && files.some(({ sha256 }) => sha256 === from))
    .toSorted((a, b) => a.size - b.size);
  const from = files.find(({ sha256 }) => sha256 === delta?.from);
  return delta && from ? { file, delta: { delta, from: from.path } } : { file };
}

/** Bytes that have not come yet. */
async function left(folder: string, file: PackageFile): Promise<number> {
  return file.size - ((await sizeOf(partPath(folder, file))) ?? 0);
}

/** By the delta, if there is one and it comes to what it should; else undefined, and the whole file is fetched. */
async function byDelta(
  { folder, get, signal }: FetchFilesParts,
  { file, delta: way }: Way,
): Promise<string | undefined> {
  if (way === undefined) return undefined;
  const { delta, from } = way;
  const newPath = madePath(folder, file);
  try {
    const deltaPath = await downloadFile(folder, delta, get);
    await applyDelta({ delta, deltaPath, oldPath: from, newPath, size: file.size, signal });
    await rename(newPath, wholePath(folder, file));
    return wholePath(folder, file);
  } catch (error) {
    await rm(newPath, { force: true });
    if (signal.aborted) throw new ReputationFailure('timeout', 'no time was left', { cause: error });
    if (isReplaceable(error)) return undefined;
    throw error instanceof ReputationFailure ? error : asRefused(error, 'not-stored', '');
  }
}

/** Whether the whole file may come though the delta does not. */
function isReplaceable(error: unknown): boolean {
  if (error instanceof ReputationFailure) return error.kind === 'status';
  return error instanceof DeltaInvalid || (error instanceof ComponentRefused && error.kind === 'corrupted');
}
