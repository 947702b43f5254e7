import { createHash } from 'node:crypto';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { Answer } from './exchange.ts';

/** SHA-256 in lower-case hexadecimal. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Checks `Repr-Digest` (RFC 9530) where the server sent one with SHA-256. Throws `ReputationFailure` (response). */
export function checkDigest(answer: Answer): void {
  const expected = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(answer.field('repr-digest') ?? '')?.[1];
  if (expected !== undefined && Buffer.from(expected, 'base64').toString('hex') !== sha256Of(answer.body)) {
    throw new ReputationFailure('response', 'the content does not have the digest that the server gave');
  }
}
