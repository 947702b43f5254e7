import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FilePool } from '../products/file-pool.ts';
import type { Product, Publication } from '../products/publication.ts';
import { type Delta, packagedComponents } from '../protocol/component-package.ts';
import { type EncodedDelta, encodeDelta } from './encode-delta.ts';
import { keptVersions } from './kept-versions.ts';

/**
 * Adds to each component that is new the ways up from earlier versions, and to the publication the earlier versions that are kept for that. Of
 * the one before, its own deltas stay, too: somebody may be fetching them.
 */
export function addDeltas(publication: Publication, before: Publication | undefined, pool: FilePool): void {
  if (before === undefined) return;
  for (const component of packagedComponents) {
    const product = publication.components[component];
    const last = before.components[component];
    if (product.version === last.version) {
      publication.earlier[component] = before.earlier[component];
      product.deltas = last.deltas.filter(({ sha256 }) => isWhole(pool.path(sha256), sha256));
      continue;
    }
    const earlier = keptVersions([last, ...before.earlier[component]], product.builtAtMs);
    publication.earlier[component] = earlier.map((one, n) => (n === 0 ? one : { ...one, deltas: [] }));
    product.deltas = deltasTo(product, earlier, pool);
  }
}

/** Most ways up of one component: the signed manifest keeps to its limit with many files of rules, too. */
const deltasMax = 512;

function deltasTo({ files }: Product, earlier: readonly Product[], pool: FilePool): Delta[] {
  const deltas = new Map<string, Delta>();
  for (const base of earlier) {
    for (const file of files) {
      const old = base.files.find(({ name }) => name === file.name);
      if (deltas.size >= deltasMax || old === undefined || old.sha256 === file.sha256) continue;
      if (deltas.has(`${old.sha256} ${file.sha256}`)) continue;
      const delta = encoded(pool.path(old.sha256), pool.path(file.sha256), file.name.endsWith('.bloom'));
      if (delta === undefined) continue;
      const { size, sha256 } = pool.write([delta.content]);
      deltas.set(`${old.sha256} ${file.sha256}`, {
        ...{ method: delta.method, from: old.sha256, to: file.sha256, size, sha256 },
      });
    }
  }
  return [...deltas.values()];
}

/** A way up that is damaged is none; nothing but the next version would make it again. */
function isWhole(path: string, sha256: string): boolean {
  try {
    return hash('sha256', readFileSync(path)) === sha256;
  } catch {
    return false;
  }
}

/** Nothing where the old file is gone: then there is no way from it. */
function encoded(oldPath: string, newPath: string, isFilter: boolean): EncodedDelta | undefined {
  try {
    return encodeDelta(oldPath, newPath, isFilter ? 'bits' : 'zstd');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
