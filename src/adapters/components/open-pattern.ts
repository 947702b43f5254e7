import { ComponentRefused } from '../../actors/ports/components.ts';
import type { PatternSet } from '../../actors/ports/scanning.ts';
import { type LoadOptions, loadSignaturesInSteps } from '../hash-signatures/load.ts';
import { readingOf } from '../hash-signatures/reading.ts';
import { openContentPatterns, sortFiles } from './content-patterns.ts';
import { eicarTestFile } from './eicar.ts';
import type { ComponentFile } from './version-folder.ts';

export interface PatternLimits extends LoadOptions {
  /** Largest content that YARA rules look at; bytes. */
  yaraFileBytesMax: number;
}

/** Loads a pattern and tries it. Throws an `Error` that says why it cannot be used; `ComponentRefused` where the trial failed. */
export async function openPattern(
  files: readonly ComponentFile[],
  version: string,
  checkedAtMs: number,
  limits: PatternLimits,
): Promise<PatternSet> {
  const sorted = sortFiles(files);
  const pattern = await loadSignaturesInSteps(sorted.hashes, version, checkedAtMs, limits);
  if (pattern.entries === 0) throw new Error('it has no signature that can match');
  const match = (content: Uint8Array) => pattern.match(readingOf(content, pattern.digests));
  if (match(eicarTestFile()) === undefined) throw new ComponentRefused('probe-failed', 'it does not find EICAR');
  if (match(new Uint8Array()) !== undefined) {
    throw new ComponentRefused('probe-failed', 'it takes the empty file for malware');
  }
  const { contentPatterns, rules } = await openContentPatterns(sorted, limits.yaraFileBytesMax);
  return {
    ...pattern,
    ...(contentPatterns.length > 0 && { contentPatterns }),
    ...(rules > 0 && { rules }),
  };
}
