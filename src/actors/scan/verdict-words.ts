import type { Verdict } from '../../events/scan.ts';

/** Why a message was treated in which nothing was found. */
export function ruleWords({ rule = '' }: Verdict): string {
  return `policy: ${rule}`;
}

/** Names of what was found, each once. */
export function malwareNames({ malware }: Verdict): string {
  return [...new Set(malware.map(({ name }) => name))].join(', ');
}

/** Why it could not be read, each reason once. */
export function unscannableReasons({ unscannable }: Verdict): string {
  return [...new Set(unscannable.map(({ reason }) => reason))].join(', ');
}

/** What keeps a message that is not malware from being clean, with all reasons: ambiguous, unscannable or both. */
export function troubleWords(verdict: Verdict, said: (kind: string, reasons: string) => string): string {
  const ambiguity = new Set(verdict.ambiguous?.map(({ reason }) => reason));
  return [
    ...(ambiguity.size > 0 ? [said('ambiguous', [...ambiguity].join(', '))] : []),
    ...(verdict.unscannable.length > 0 ? [said('unscannable', unscannableReasons(verdict))] : []),
  ].join('; ');
}
