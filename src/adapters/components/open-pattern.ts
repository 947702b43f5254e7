import { hash } from 'node:crypto';
import type { PatternSet } from '../../actors/ports/scanning.ts';
import { type LoadOptions, loadSignaturesInSteps } from '../hash-signatures/load.ts';
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
  const eicar = eicarTestFile();
  if (pattern.match(eicar, hash('sha256', eicar)) === undefined) throw new Error('it does not find EICAR');
  const empty = new Uint8Array();
  if (pattern.match(empty, hash('sha256', empty)) !== undefined) throw new Error('it takes the empty file for malware');
  return pattern;
}
