import { hash } from 'node:crypto';
import { BLOCK_BYTES, blockAt } from './block.ts';
import type { SampleSignature } from './sample-line.ts';

/** From one candidate to the next, and how far into the sample they go; bytes. */
const STEP = 16;
const SEARCHED_MAX = 4 * 1024 * 1024;

/** Bytes must differ in a block at least so often: fill, and text of one letter, is in every file. */
const DIFFERENT_MIN = 8;

/**
 * The signature of a sample: by its block with the most different bytes, since headers and fill are the same in many files.
 * Undefined when it is shorter than a block, or nothing but fill.
 */
export function signatureOf(sample: Uint8Array, name: string): SampleSignature | undefined {
  const last = Math.min(sample.length, SEARCHED_MAX) - BLOCK_BYTES;
  let best = { offset: -1, different: DIFFERENT_MIN - 1 };
  for (let offset = 0; offset <= last; offset += STEP) {
    const different = new Set(sample.subarray(offset, offset + BLOCK_BYTES)).size;
    if (different > best.different) best = { offset, different };
  }
  if (best.offset < 0) return undefined;
  const { offset } = best;
  return { sha256: hash('sha256', sample), size: sample.length, offset, ...blockAt(sample, offset), name };
}
