import type { Clock } from '../ports/clock.ts';
import type { HashService } from '../ports/hash-service.ts';
import type { AnswerCache, AnswerCaches } from './answer-cache.ts';
import { createAskBy } from './ask.ts';
import type { Source } from './combine.ts';
import { queryService } from './query-service.ts';
import type { RequestBudget } from './request-budget.ts';
import type { Servers } from './servers.ts';
import type { ServiceSettings } from './service-settings.ts';

/** What services need of the outside. */
export interface ServicesOutside {
  /** Throws when it cannot be used as it is set. */
  open(service: ServiceSettings): HashService;
  /** Always the same one for a name: its tokens outlive epochs. */
  budget(name: string): RequestBudget;
}

/** A service of one epoch; closed with it. */
export interface OpenService {
  settings: ServiceSettings;
  outside: HashService;
  budget: RequestBudget;
}

/** Opens the services of an epoch: all, or none. */
export function openServices(
  services: readonly ServiceSettings[],
  outside: ServicesOutside | undefined,
): OpenService[] {
  if (services.length > 0 && outside === undefined) throw new Error('there is nobody to ask reputation services');
  const open: OpenService[] = [];
  try {
    for (const settings of services) {
      const { name } = settings;
      if (outside) open.push({ settings, outside: outside.open(settings), budget: outside.budget(name) });
    }
    return open;
  } catch (error) {
    for (const each of open) each.outside.close();
    throw error;
  }
}

export interface ServiceSourceParts {
  servers: Servers;
  answers: AnswerCaches;
  clock: Clock;
  queryTotalMs: number;
  hashesPerQueryMax: number;
}

/** A service as one of the sources that a message's hashes are asked of. */
export function serviceSource({ settings, outside, budget }: OpenService, parts: ServiceSourceParts): Source {
  const { name, required } = settings;
  const cache = parts.answers.of(name, { servers: new Set([name]) });
  const query = (hashes: readonly string[], scan: string) =>
    queryService({ ...parts, service: settings, outside, budget, cache: ofThisBasis(cache, settings) }, hashes, scan);
  // Each answer was kept as it came.
  const reading: AnswerCache = { ...ofThisBasis(cache, settings), keep: () => undefined };
  return { name, required, isList: false, ask: createAskBy({ ...parts, query }, reading) };
}

/** Answers that were kept when the service was set to call other things malware are not used. */
function ofThisBasis(cache: AnswerCache, { basis }: ServiceSettings): AnswerCache {
  return {
    get(sha256, nowMs) {
      const kept = cache.get(sha256, nowMs);
      return kept?.patternId === basis ? kept : undefined;
    },
    keep: (answer, nowMs) => cache.keep(answer, nowMs),
  };
}
