import type { Published } from '../products/published.ts';
import type { SmartEntry } from '../products/smart-pattern/format.ts';
import type { Knowledge, Known } from './knowledge.ts';

/** What a smart scan pattern is asked with. */
export interface PatternKnowledgeOptions {
  current: () => Pick<Published, 'patternId' | 'patternVersion' | 'smart'>;
  /** False positives in hexadecimal, soon after they are set: before the pattern is made without them. */
  overrides: () => ReadonlySet<string>;
}

/** Knowledge of what is published now. */
export function knowledgeOfPattern({ current, overrides }: PatternKnowledgeOptions): () => Knowledge {
  const known = (entry: SmartEntry): Known => ({ ...entry, verdict: 'malicious' });
  return () => {
    const { patternId, patternVersion, smart } = current();
    const overridden = overrides();
    const counts = ({ sha256 }: SmartEntry) => !overridden.has(sha256);
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
