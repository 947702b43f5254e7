import { type HashAnswer, type QueryAnswer, ReputationFailure } from '../../actors/ports/reputation.ts';
import { type PrefixAnswer, type PrefixResponse, prefixDigits } from '../../sps/protocol/prefix-query.ts';

/** The beginnings to ask for, each once: all that a server is told. */
export function prefixesOf(hashes: readonly string[]): string[] {
  return [...new Set(hashes.map(prefixOf))];
}

/**
 * Decides about each hash from what the server knows of its beginning. Throws `ReputationFailure`: response for an answer that does not
 * fit what was asked; message where the server knows too much of one beginning to say it. That hash is not asked for as a whole:
 * a server could then learn of any file by such an answer.
 */
export function decide(hashes: readonly string[], given: PrefixResponse): QueryAnswer {
  const { patternId, patternVersion, ttlSeconds } = given;
  const known = candidatesOf(prefixesOf(hashes), given.answers);
  const answers = hashes.map((sha256): HashAnswer => known.get(sha256) ?? { sha256, verdict: 'unknown', ttlSeconds });
  return { patternId, patternVersion, answers };
}

function candidatesOf(asked: readonly string[], answers: readonly PrefixAnswer[]): Map<string, HashAnswer> {
  const open = new Set(asked);
  const known = new Map<string, HashAnswer>();
  for (const { prefix, candidates, tooMany } of answers) {
    if (!open.delete(prefix)) throw failure(`an answer to ${prefix}, which was not asked or answered before`);
    if (tooMany) throw new ReputationFailure('message', `too many hashes are known that begin with ${prefix}`);
    for (const candidate of candidates) {
      if (prefixOf(candidate.sha256) !== prefix) throw failure(`${candidate.sha256} as an answer to ${prefix}`);
      known.set(candidate.sha256, candidate);
    }
  }
  // A missing one must not pass for clean.
  if (open.size > 0) throw failure(`${open.size} of ${asked.length} prefixes were not answered`);
  return known;
}

function prefixOf(sha256: string): string {
  return sha256.slice(0, prefixDigits);
}

function failure(reason: string): ReputationFailure {
  return new ReputationFailure('response', reason);
}
