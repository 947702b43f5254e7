import type { HashAnswer, QueryAnswer } from '../ports/reputation.ts';

interface Kept {
  answer: HashAnswer;
  expiresAtMs: number;
}

/** Answers of the servers, kept for their time to live and only for one version of the pattern (D1). */
export interface AnswerCache {
  get(sha256: string, nowMs: number): HashAnswer | undefined;
  keep(answer: QueryAnswer, nowMs: number): void;
  /** Of the answers that are kept; '' before the first. */
  patternVersion(): string;
}

/** @param entriesMax the oldest is forgotten beyond it. */
export function createAnswerCache(entriesMax: number): AnswerCache {
  const kept = new Map<string, Kept>();
  let version = { patternId: '', patternVersion: '' };
  return {
    get(sha256, nowMs) {
      const found = kept.get(sha256);
      return found && found.expiresAtMs > nowMs ? found.answer : undefined;
    },
    patternVersion: () => version.patternVersion,
    keep({ patternId, patternVersion, answers }, nowMs) {
      if (patternId !== version.patternId || patternVersion !== version.patternVersion) kept.clear();
      version = { patternId, patternVersion };
      for (const answer of answers) {
        kept.delete(answer.sha256);
        kept.set(answer.sha256, { answer, expiresAtMs: nowMs + answer.ttlSeconds * 1000 });
      }
      while (kept.size > entriesMax) kept.delete(kept.keys().next().value ?? '');
    },
  };
}
