import type { AnswerChange, AnswerStatistics, FollowedAnswers, KeptQuery } from '../ports/answer-store.ts';
import type { GivenAnswer, QueryAnswer } from '../ports/reputation.ts';
import { createServiceAnswers, type ServiceAnswers } from './service-answers.ts';

/** The Smart Protection Servers of the list are one service: they serve the same pattern (D11). */
export const listService = 'smart-protection';

/** Who uses answers of a service, as far as it decides which of them may be used. */
export interface AnswerUse {
  /** Servers whose answers count; those of others are not used. */
  servers: ReadonlySet<string>;
  /** Version of the query filter in use: a new one says that the pattern is a new one, too. */
  filter?: () => string | undefined;
}

/** Kept answers of one service, for one user of it. */
export interface AnswerCache {
  get(sha256: string, nowMs: number): GivenAnswer | undefined;
  keep(answer: QueryAnswer & { server: string }, nowMs: number): void;
}

/** How much is kept, of all services together. */
export interface AnswerLimits {
  entriesMax: number;
  /** Of memory, as estimated. */
  bytesMax: number;
}

/** All kept answers of a gateway: they outlive the epochs of its scan service. */
export interface AnswerCaches extends FollowedAnswers {
  of(service: string, use: AnswerUse): AnswerCache;
  /** The oldest are forgotten beyond them. */
  limit(limits: AnswerLimits): void;
  /** Forgets all answers. */
  clear(): void;
  statistics(): ReadonlyMap<string, AnswerStatistics>;
}

/** A clock that was set back by more than this makes the age of all answers unknown: none is used any more. */
const setBackMsMax = 1000;

/**
 * Answers of services, each kept for its time to live and only for one version of the pattern (D1). Nothing here waits or touches
 * anything outside; whoever keeps them over a restart follows them.
 */
export function createAnswerCaches(first: AnswerLimits): AnswerCaches {
  const services = new Map<string, ServiceAnswers>();
  let limits = first;
  let listener: (change: AnswerChange) => void = () => undefined;
  let latestMs = 0;

  function service(name: string): ServiceAnswers {
    const found = services.get(name) ?? createServiceAnswers(() => listener({ emptied: name }));
    services.set(name, found);
    return found;
  }

  function clear(): void {
    for (const answers of services.values()) answers.empty();
  }

  /** A clock that is set back prolongs nothing. */
  function at(nowMs: number): number {
    if (nowMs < latestMs - setBackMsMax) {
      clear();
      latestMs = nowMs;
    }
    latestMs = Math.max(latestMs, nowMs);
    return latestMs;
  }

  function takeIn(kept: KeptQuery): void {
    service(kept.service).keep(kept);
    shrink(kept.atMs);
  }

  function shrink(nowMs: number): void {
    const all = [...services.values()];
    for (const answers of all) answers.dropExpired(nowMs);
    const sum = (of: 'entries' | 'bytes') => all.reduce((total, answers) => total + answers.size()[of], 0);
    while (sum('entries') > limits.entriesMax || sum('bytes') > limits.bytesMax) {
      const [oldest] = all.sort((one, other) => one.oldestMs() - other.oldestMs());
      if (oldest === undefined || !oldest.dropOldest()) return;
    }
  }

  return {
    of: (name, { servers, filter = () => undefined }) => ({
      get(sha256, nowMs) {
        const answers = service(name);
        answers.filterIs(filter());
        return answers.get(sha256, at(nowMs), servers);
      },
      keep(answer, nowMs) {
        if (limits.entriesMax === 0) return;
        const inUse = filter();
        const more = inUse === undefined ? {} : { filter: inUse };
        const kept = { ...answer, service: name, ...more, atMs: at(nowMs) };
        takeIn(kept);
        listener({ kept });
      },
    }),
    limit(next) {
      limits = next;
      shrink(latestMs);
    },
    clear,
    apply(change) {
      if ('emptied' in change) service(change.emptied).empty();
      else {
        at(change.kept.atMs);
        takeIn(change.kept);
      }
    },
    *changes(nowMs) {
      for (const [name, answers] of services) yield* answers.changes(name, nowMs);
    },
    follow(next) {
      listener = next;
    },
    statistics: () => new Map([...services].map(([name, answers]) => [name, answers.statistics()])),
  };
}
