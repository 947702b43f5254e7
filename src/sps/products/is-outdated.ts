import type { Publication } from './publication.ts';

/** What a build would be made of now. */
export interface BuildInput {
  /** The newest change of the store. */
  change: number;
  patternId: string;
  falsePositiveRate: number;
  nowMs: number;
}

/** Where entries came every second they expire every second; a build for that alone comes no more often, ms. */
const expiryMs = 3_600_000;

/** Whether what is published is not what would be built now. */
export function isOutdated(publication: Publication, now: BuildInput): boolean {
  const { validUntilMs, builtAtMs } = publication;
  const hasExpired = validUntilMs !== null && now.nowMs >= Math.max(validUntilMs, builtAtMs + expiryMs);
  return (
    hasExpired ||
    publication.change !== now.change ||
    publication.patternId !== now.patternId ||
    publication.falsePositiveRate !== now.falsePositiveRate
  );
}
