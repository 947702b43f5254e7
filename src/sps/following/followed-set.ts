import { readFileSync, statSync } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { replaceFile } from '../../adapters/files/durable-file.ts';
import { isFile } from '../../adapters/update-source/download-folder.ts';
import { ComponentManifest, type PackagedComponent, packagedComponents } from '../protocol/component-package.ts';

/** A component as it came. */
const Followed = Type.Object({ envelope: Type.String(), manifest: ComponentManifest });

/** Everything that came from another server at one time: pattern and filter belong together. */
export const FollowedSet = Type.Object({
  components: Type.Object({ smart: Followed, filter: Followed, agent: Followed, conventional: Followed }),
});
export type FollowedSet = Static<typeof FollowedSet>;

const sets = Compile(FollowedSet);

/** Folder of the files in an SPS folder, each named by its SHA-256. */
export function followedFolder(folder: string): string {
  return join(folder, 'followed');
}

/** Path of a file. */
export function followedPath(folder: string, sha256: string): string {
  return join(followedFolder(folder), sha256);
}

function stateFile(folder: string): string {
  return join(folder, 'followed.json');
}

/** What came last; undefined when there is nothing, or nothing that can be read. */
export function readFollowedSet(folder: string): FollowedSet | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(stateFile(folder), 'utf8'));
    return sets.Check(found) ? (found as FollowedSet) : undefined;
  } catch {
    return undefined;
  }
}

/** The same, when no file of it is missing or damaged: all are read. */
export async function wholeFollowedSet(folder: string): Promise<FollowedSet | undefined> {
  const set = readFollowedSet(folder);
  if (set === undefined) return undefined;
  for (const { manifest } of Object.values(set.components))
    for (const file of [...manifest.files, ...manifest.deltas])
      if (!(await isFile(followedPath(folder, file.sha256), file))) return undefined;
  return set;
}

/** From now on this is what came last, also after a crash. Its files have to be on disk. */
export async function writeFollowedSet(folder: string, set: FollowedSet): Promise<void> {
  const unfinished = `${stateFile(folder)}.new`;
  await rm(unfinished, { force: true });
  await replaceFile(stateFile(folder), unfinished, [Buffer.from(JSON.stringify(set))]);
}

/** It is still what the other server serves. */
export async function confirmFollowedSet(folder: string, nowMs: number): Promise<void> {
  await utimes(stateFile(folder), nowMs / 1000, nowMs / 1000);
}

/** When the other server last said so, ms since 1970; undefined before the first time. */
export function followedAtMs(folder: string): number | undefined {
  return statSync(stateFile(folder), { throwIfNoEntry: false })?.mtimeMs;
}

/** SHA-256 of the files and deltas of a component. */
export function filesOfComponent({ components }: FollowedSet, component: PackagedComponent): Set<string> {
  const { files, deltas } = components[component].manifest;
  return new Set([...files, ...deltas].map(({ sha256 }) => sha256));
}

/** The same of all components. */
export function filesOfSet(set: FollowedSet): Set<string> {
  return new Set(packagedComponents.flatMap((component) => [...filesOfComponent(set, component)]));
}
