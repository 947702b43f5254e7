import { createHash } from 'node:crypto';
import type { PackageFile } from '../protocol/component-package.ts';
import type { Product } from './publication.ts';

/** What a build made of a component. */
export interface Built {
  entries: number;
  files: PackageFile[];
}

/**
 * The version of what was built: the one before if it is the same.
 * @param isForced a new version even so: something that belongs to it has changed
 */
export function nextVersion(before: Product | undefined, built: Built, nowMs: number, isForced = false): Product {
  if (before && !isForced && isSame(before.files, built.files)) return { ...before, entries: built.entries };
  const number = Math.max((before?.number ?? 0) + 1, timeInDigits(nowMs));
  return { number, version: `${number}-${digestOf(built.files)}`, builtAtMs: nowMs, ...built, deltas: [] };
}

function isSame(before: readonly PackageFile[], now: readonly PackageFile[]): boolean {
  const same = (file: PackageFile, index: number) =>
    file.name === now[index]?.name && file.sha256 === now[index]?.sha256;
  return before.length === now.length && before.every(same);
}

function digestOf(files: readonly PackageFile[]): string {
  const digest = createHash('sha256');
  for (const { sha256 } of files) digest.update(sha256);
  return digest.digest('hex').slice(0, 12);
}

/** `20261124193000`, UTC: rises even when everything but the signing key was lost. */
function timeInDigits(ms: number): number {
  return Number(new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14));
}
