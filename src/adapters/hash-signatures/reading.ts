import { hash } from 'node:crypto';
import type { DigestWish, Reading } from '../../actors/ports/scanning.ts';
import { mayHaveSize } from './size-set.ts';

/** Size and digests of a content. @param digests what is wanted besides SHA-256: MD5 takes longer than all the rest of a scan */
export function readingOf(content: Uint8Array, digests: readonly DigestWish[]): Reading {
  const reading: Reading = { size: content.length, sha256: hash('sha256', content) };
  for (const { algorithm, sizes } of digests) {
    if (reading[algorithm] === undefined && mayHaveSize(sizes, content.length)) {
      reading[algorithm] = hash(algorithm, content);
    }
  }
  return reading;
}
