import type { Clock } from '../ports/clock.ts';
import type { GivenAnswer } from '../ports/reputation.ts';
import type { AnswerCache } from './answer-cache.ts';
import { type ListAnswer, type QueryListParts, queryList } from './query-list.ts';

/** Answers for all hashes that were asked, and where they came from. */
export interface AskResult {
  answers: ReadonlyMap<string, GivenAnswer>;
  /** `host:port` of the servers that answered, or `cache`. */
  servers: readonly string[];
  /** Of the smart scan pattern that the last of them rests on. */
  patternVersion: string;
}

/**
 * Asks for hashes. Rejects with `QueryFailed`. A hash that another scan is asking about is waited for, not asked again
 * (D1); when that query fails, the failure is the other scan's alone, and this one asks for itself: so one failure costs one
 * message a 451, however many wait (D15). A query under way goes on when its scan is given up (others may wait for it), but
 * nothing more is asked for that scan.
 */
export type Ask = (hashes: readonly string[], scan: string, signal: AbortSignal) => Promise<AskResult>;

/** Asks the servers of the list. */
export function createAsk(parts: QueryListParts, cache: AnswerCache): Ask {
  const { clock, settings } = parts;
  const query = (hashes: readonly string[], scan: string) => queryList(parts, hashes, scan);
  return createAskBy({ query, clock, hashesPerQueryMax: settings.hashesPerQueryMax }, cache);
}

/** How one source is asked. */
export interface AskParts {
  /** Rejects with `QueryFailed`. */
  query(hashes: readonly string[], scan: string): Promise<ListAnswer>;
  clock: Clock;
  /** D1: more are split. */
  hashesPerQueryMax: number;
}

/** Asks one source. */
export function createAskBy(parts: AskParts, cache: AnswerCache): Ask {
  const inFlight = new Map<string, Promise<ListAnswer>>();

  async function put(hashes: readonly string[], scan: string): Promise<ListAnswer> {
    const query = parts.query(hashes, scan);
    for (const hash of hashes) inFlight.set(hash, query);
    try {
      const answer = await query;
      cache.keep(answer, parts.clock.now());
      return answer;
    } finally {
      for (const hash of hashes) inFlight.delete(hash);
    }
  }

  return async (hashes, scan, signal) => {
    const answers = new Map<string, GivenAnswer>();
    const servers = new Set<string>();
    let patternVersion = '';
    const take = ({ server, patternId, patternVersion: version, answers: given }: ListAnswer) => {
      for (const found of given) answers.set(found.sha256, { ...found, server, patternId, patternVersion: version });
      servers.add(server);
      patternVersion = version;
    };
    for (;;) {
      signal.throwIfAborted();
      const now = parts.clock.now();
      const open = hashes.filter((hash) => !answers.has(hash));
      for (const hash of open) {
        const kept = cache.get(hash, now);
        if (!kept) continue;
        answers.set(hash, kept);
        servers.add('cache');
        patternVersion = kept.patternVersion;
      }
      const missing = open.filter((hash) => !answers.has(hash));
      if (missing.length === 0) return { answers, servers: [...servers], patternVersion };
      const others = new Set(missing.flatMap((hash) => inFlight.get(hash) ?? []));
      const own = missing.filter((hash) => !inFlight.has(hash));
      const mine = chunks(own, parts.hashesPerQueryMax).map((chunk) => put(chunk, scan));
      const settled = await Promise.allSettled(mine);
      for (const outcome of settled) {
        if (outcome.status === 'rejected') throw outcome.reason;
        take(outcome.value);
      }
      for (const outcome of await Promise.allSettled(others)) if (outcome.status === 'fulfilled') take(outcome.value);
    }
  };
}

function chunks(hashes: readonly string[], size: number): string[][] {
  const count = Math.ceil(hashes.length / size);
  return Array.from({ length: count }, (_, index) => hashes.slice(index * size, (index + 1) * size));
}
