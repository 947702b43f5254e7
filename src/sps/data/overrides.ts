import type { Store } from './store.ts';

/** A hash that is no malware, whatever the sources say: a false positive. */
export interface Override {
  /** MD5, SHA-1 or SHA-256. */
  hash: Buffer;
  reason: string;
  /** Milliseconds since 1970. */
  timeMs: number;
}

/**
 * Asks whether hashes are overridden, for answers: counts from the moment when it is set, before anything is published.
 * A look-up takes microseconds. To be made once for a store.
 */
export function overrideChecker(_store: Store): (hash: Buffer) => boolean {
  return () => false;
}
