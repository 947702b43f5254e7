import type { AmbiguityFact, AmbiguityReason } from '../../events/scan.ts';

/** More of the same says nothing new. */
const AMBIGUITIES_MAX = 100;

/** What was found ambiguous in one message, each place and reason once. */
export class Ambiguities {
  readonly #facts = new Map<string, AmbiguityFact>();

  add(reason: AmbiguityReason, path: readonly string[], part?: number): void {
    if (this.#facts.size >= AMBIGUITIES_MAX) return;
    const key = JSON.stringify([reason, part, path]);
    if (!this.#facts.has(key)) this.#facts.set(key, part === undefined ? { reason, path } : { reason, path, part });
  }

  list(): AmbiguityFact[] {
    return [...this.#facts.values()];
  }
}
