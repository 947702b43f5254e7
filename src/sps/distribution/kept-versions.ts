import type { Product } from '../products/publication.ts';

/** Versions that one may come up from. */
const versionsMax = 8;
/** Older ones are not kept, ms. */
const ageMaxMs = 8 * 86_400_000;
/** Files of all of them together, bytes; the last one is kept even so. */
const bytesMax = 1024 ** 3;

/**
 * Which earlier versions are kept, newest first. Where many versions come in a short time, those that are close together go: a client that comes
 * once an hour finds its own as well as one that comes every minute.
 */
export function keptVersions(versions: readonly Product[], nowMs: number): Product[] {
  const kept = versions.filter(({ builtAtMs }, n) => n === 0 || nowMs - builtAtMs < ageMaxMs);
  while (kept.length > versionsMax) kept.splice(closest(kept, nowMs), 1);
  let bytes = 0;
  return kept.filter(({ files }, n) => {
    bytes += files.reduce((sum, { size }) => sum + size, 0);
    return n === 0 || bytes <= bytesMax;
  });
}

/** The one whose neighbours are closest together for their age; never the first or the last. */
function closest(versions: readonly Product[], nowMs: number): number {
  const age = (n: number) => Math.max(1, nowMs - (versions[n]?.builtAtMs ?? 0));
  let best = 1;
  for (let n = 1; n < versions.length - 1; n++) {
    if (age(n + 1) / age(n - 1) < age(best + 1) / age(best - 1)) best = n;
  }
  return best;
}
