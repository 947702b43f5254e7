import type { Verdict } from '../../events/scan.ts';

/** Names of what was found, each once. */
export function malwareNames({ malware }: Verdict): string {
  return [...new Set(malware.map(({ name }) => name))].join(', ');
}

/** Why it could not be read, each reason once. */
export function unscannableReasons({ unscannable }: Verdict): string {
  return [...new Set(unscannable.map(({ reason }) => reason))].join(', ');
}
