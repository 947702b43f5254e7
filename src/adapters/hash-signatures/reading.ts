import { hash } from 'node:crypto';
import type { Reading, WeakDigest } from '../../actors/ports/scanning.ts';

/** Size and digests of a content. @param digests what is wanted besides SHA-256 */
export function readingOf(content: Uint8Array, digests: readonly WeakDigest[]): Reading {
  const reading: Reading = { size: content.length, sha256: hash('sha256', content) };
  for (const algorithm of digests) reading[algorithm] = hash(algorithm, content);
  return reading;
}
