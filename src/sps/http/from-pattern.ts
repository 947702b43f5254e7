import type { Published } from '../products/published.ts';
import type { SmartEntry } from '../products/smart-pattern/format.ts';
import type { Knowledge, Known } from './knowledge.ts';

/** What a smart scan pattern is asked with. */
export interface PatternKnowledgeOptions {
  current: () => Pick<Published, 'patternId' | 'patternVersion' | 'smart'>;
  /** A false positive, from the moment when it is set: before the pattern is made without it. */
  isOverridden: (hash: Buffer) => boolean;
  /** Whether there are any. */
  hasOverrides: () => boolean;
}

/** Knowledge of what is published now. */
export function knowledgeOfPattern(options: PatternKnowledgeOptions): () => Knowledge {
  const { current, isOverridden, hasOverrides } = options;
  const known = (entry: SmartEntry): Known => ({ ...entry, verdict: 'malicious' });
  return () => {
    const { patternId, patternVersion, smart } = current();
    // Asked when it matters, once for all hashes of a query.
    let areThere: boolean | undefined;
    const counts = ({ sha256 }: SmartEntry) => {
      areThere ??= hasOverrides();
      return !areThere || !isOverridden(Buffer.from(sha256, 'hex'));
    };
    return {
      ...{ patternId, patternVersion },
      find(sha256) {
        const found = smart.find(sha256);
        return found && counts(found) ? known(found) : undefined;
      },
      candidates(prefix, max) {
        const found = smart.withPrefix(prefix);
        return found.length > max ? undefined : found.filter(counts).map(known);
      },
    };
  };
}
