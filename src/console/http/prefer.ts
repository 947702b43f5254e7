import { waitSecondsMax } from '../protocol/operations.ts';

/**
 * How long a client would wait for the end of what it ordered, by `Prefer: wait=SECONDS` (RFC 7240): at most `waitSecondsMax`. Without,
 * or where it cannot be read, not at all: a preference is never an error.
 */
export function waitSeconds(prefer: string | readonly string[] | undefined): number {
  for (const preference of [prefer ?? []].flat().join(',').split(',')) {
    const digits = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference)?.[1];
    // The first counts.
    if (digits !== undefined) return Math.min(Number(digits), waitSecondsMax);
  }
  return 0;
}
