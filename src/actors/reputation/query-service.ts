import { isUsable } from '../../machines/server-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { HashService } from '../ports/hash-service.ts';
import { type HashAnswer, ReputationFailure } from '../ports/reputation.ts';
import type { AnswerCache } from './answer-cache.ts';
import { asFailure, countFailure, type ListAnswer, QueryFailed } from './query-list.ts';
import type { RequestBudget } from './request-budget.ts';
import type { Servers } from './servers.ts';
import type { ServiceSettings } from './service-settings.ts';
import { withTimeout } from './timeout.ts';

export interface ServiceQueryParts {
  service: ServiceSettings;
  outside: HashService;
  budget: RequestBudget;
  servers: Servers;
  clock: Clock;
  /** Gets each answer as it comes: when a later look-up fails, those before it need not be made again. */
  cache: AnswerCache;
  /** D7. */
  queryTotalMs: number;
}

/** D6: the longest time for which a service is left alone at once. */
const throttleMsMax = 300_000;

/** The time of the whole query ended before that of the look-up: no failure of the service (D7). */
class OutOfTime extends Error {}

/**
 * Asks one service about the hashes of a message: one query, which is one success or one failure of the service however many hashes
 * it has. A service that has no token left asks for nothing and is throttled (D6). Throws `QueryFailed`.
 */
export async function queryService(
  parts: ServiceQueryParts,
  hashes: readonly string[],
  scan: string,
): Promise<ListAnswer> {
  const { service, servers } = parts;
  const { name } = service;
  const snapshot = servers.snapshot(name);
  if (!snapshot || !isUsable(snapshot)) throw new QueryFailed('while-invalid', 'invalid', []);
  try {
    const answers = await lookUpAll(parts, hashes);
    servers.send(name, { type: 'QUERY_ANSWERED' });
    return { server: name, patternId: service.basis, patternVersion: '', answers };
  } catch (error) {
    if (error instanceof OutOfTime) throw new QueryFailed('deferred', 'timeout', [name]);
    const failure = asFailure(error);
    throw new QueryFailed(countFailure(servers, name, failure, scan), failure.kind, [name]);
  }
}

/** Several at a time; the first failure ends them all. */
async function lookUpAll(parts: ServiceQueryParts, hashes: readonly string[]): Promise<HashAnswer[]> {
  const { service, clock, queryTotalMs } = parts;
  const answers: HashAnswer[] = [];
  const end = new AbortController();
  const deadlineMs = clock.now() + queryTotalMs;
  const left = hashes.values();
  const work = async () => {
    for (const sha256 of left) {
      if (end.signal.aborted) return;
      answers.push(await lookUp(parts, sha256, deadlineMs, end.signal));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(service.atOnceMax, hashes.length) }, work));
    return answers;
  } finally {
    end.abort();
  }
}

async function lookUp(
  { service, outside, budget, clock, cache }: ServiceQueryParts,
  sha256: string,
  deadlineMs: number,
  end: AbortSignal,
): Promise<HashAnswer> {
  const timeMs = Math.min(service.timeoutMs, deadlineMs - clock.now());
  if (timeMs <= 0) throw new OutOfTime();
  const waitMs = budget.take(clock.now(), service.limits);
  if (waitMs > 0) {
    const retryAfterMs = Math.min(waitMs, throttleMsMax);
    throw new ReputationFailure('throttled', 'no request is left of the quota', { retryAfterMs });
  }
  const found = await withTimeout(clock, timeMs, (signal) =>
    outside.lookUp(sha256, AbortSignal.any([signal, end])),
  ).catch((error: unknown) => {
    if (asFailure(error).kind === 'timeout' && timeMs < service.timeoutMs) throw new OutOfTime();
    throw error;
  });
  const ttlSeconds = found.verdict === 'malicious' ? service.maliciousTtlSeconds : service.otherTtlSeconds;
  const answer: HashAnswer = { sha256, ...found, ttlSeconds };
  const { name, basis } = service;
  cache.keep({ server: name, patternId: basis, patternVersion: '', answers: [answer] }, clock.now());
  return answer;
}
