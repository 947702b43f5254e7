import { hash, randomBytes } from 'node:crypto';
import { ComponentRefused } from '../../actors/ports/components.ts';
import type { QueryFilter } from '../../actors/ports/scanning.ts';
import { type ReadOptions, readFilter } from '../query-filter/read.ts';
import { eicarTestFile } from './eicar.ts';

/** Hashes that no filter holds, tried to find one that claims everything. */
const RANDOM_KEYS = 256;

/** Opens a filter and tries it. Throws an `Error` that says why it cannot be used; `ComponentRefused` where the trial failed. */
export function openFilter(content: Buffer, version: string, checkedAtMs: number, limits: ReadOptions): QueryFilter {
  const filter = readFilter(content, limits);
  if (!filter.has(hash('sha256', eicarTestFile())))
    throw new ComponentRefused('probe-failed', 'it does not hold EICAR');
  let claimed = 0;
  for (let i = 0; i < RANDOM_KEYS; i++) if (filter.has(randomBytes(32).toString('hex'))) claimed++;
  if (claimed >= RANDOM_KEYS / 2) {
    throw new ComponentRefused('probe-failed', `it claims ${claimed} of ${RANDOM_KEYS} random hashes`);
  }
  return { version, checkedAtMs, has: filter.has };
}
