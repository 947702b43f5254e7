import type { PatternSet } from '../../actors/ports/scanning.ts';
import { type LoadOptions, loadSignaturesInSteps } from '../hash-signatures/load.ts';
import { readingOf } from '../hash-signatures/reading.ts';
import { eicarTestFile } from './eicar.ts';
import type { ComponentFile } from './version-folder.ts';

/** Loads a pattern and tries it. Throws an `Error` that says why it cannot be used. */
export async function openPattern(
  files: readonly ComponentFile[],
  version: string,
  checkedAtMs: number,
  limits: LoadOptions,
): Promise<PatternSet> {
  const pattern = await loadSignaturesInSteps(files, version, checkedAtMs, limits);
  if (pattern.entries === 0) throw new Error('it has no signature that can match');
  const match = (content: Uint8Array) => pattern.match(readingOf(content, pattern.digests));
  if (match(eicarTestFile()) === undefined) throw new Error('it does not find EICAR');
  if (match(new Uint8Array()) !== undefined) throw new Error('it takes the empty file for malware');
  return pattern;
}
