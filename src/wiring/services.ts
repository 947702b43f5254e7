import { join } from 'node:path';
import type { ServiceAnswer } from '../actors/ports/hash-service.ts';
import { ReputationFailure } from '../actors/ports/reputation.ts';
import { createRequestBudget, type RequestBudget } from '../actors/reputation/request-budget.ts';
import type { ServiceSettings } from '../actors/reputation/service-settings.ts';
import type { ServicesOutside } from '../actors/reputation/services.ts';
import { dayCountFile } from '../adapters/reputation-services/day-count-file.ts';
import { openHashService } from '../adapters/reputation-services/open-hash-service.ts';
import type { GivenService } from '../adapters/settings/services.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import type { TellProblem } from './tell-problem.ts';

/** Quota of the public API of VirusTotal. */
const virusTotalQuota = { perMinute: 4, perDay: 500 };
const noQuota = { perMinute: 0, perDay: 0 };

/** Throws when a key file cannot be used: then the settings are not taken. */
export function checkServices(settings: Settings): void {
  for (const given of settings.services) open(settings, given).close();
}

/** A service as scans use it. */
export function serviceSettings(given: GivenService): ServiceSettings {
  const { name, kind, malicious_min, suspicious_is_malware } = given;
  const quota = kind === 'virustotal' ? virusTotalQuota : noQuota;
  const meaning = {
    mhr: '',
    circl: '',
    virustotal: ` ${malicious_min}`,
    hbl: suspicious_is_malware ? ' suspicious' : '',
  };
  return {
    ...{ name, kind, required: given.role === 'required', timeoutMs: given.timeout_ms, atOnceMax: given.at_once_max },
    limits: {
      perMinute: given.requests_per_minute_max ?? quota.perMinute,
      perDay: given.requests_per_day_max ?? quota.perDay,
    },
    maliciousTtlSeconds: given.malicious_ttl_seconds,
    otherTtlSeconds: given.other_ttl_seconds,
    basis: `${kind}${meaning[kind]} ${given.url ?? given.zone ?? ''}`.trim(),
  };
}

function open({ smart_scan }: Settings, given: GivenService) {
  const { kind, resolvers, key_file: keyFile, zone, url, ca_file: caFile } = given;
  return openHashService({
    ...{ kind, resolvers, timeoutMs: given.timeout_ms },
    ...{ maliciousMin: given.malicious_min, suspiciousIsMalware: given.suspicious_is_malware },
    ...(keyFile !== undefined && { keyFile }),
    ...(zone !== undefined && { zone }),
    ...(url !== undefined && { url }),
    ...(caFile !== undefined && { caFile }),
    ...(smart_scan.proxy !== undefined && { proxyUrl: smart_scan.proxy }),
  });
}

/** What came of asking one service. */
export interface ServiceTrial {
  name: string;
  kind: string;
  role: string;
  /** In words; of a failure, why. */
  outcome: string;
  works: boolean;
  ms: number;
}

/**
 * Asks every service once, all at the same time. @param sha256 what about; absent: the record that the service is known to have, which shows
 * whether it works. Throws when a key file cannot be used.
 */
export function tryServices(settings: Settings, sha256: string | undefined): Promise<ServiceTrial[]> {
  const opened = settings.services.map((given) => ({ given, service: open(settings, given) }));
  return Promise.all(
    opened.map(async ({ given: { name, kind, role, timeout_ms }, service }) => {
      const startMs = performance.now();
      const signal = AbortSignal.timeout(timeout_ms);
      const asking =
        sha256 === undefined
          ? service.probe(signal).then(() => 'works')
          : service.lookUp(sha256, signal).then(answerText);
      const result = await asking.then(
        (outcome) => ({ outcome, works: true }),
        (error: unknown) => ({ outcome: failureText(error), works: false }),
      );
      service.close();
      return { name, kind, role, ...result, ms: Math.round(performance.now() - startMs) };
    }),
  );
}

function answerText(answer: ServiceAnswer): string {
  if (answer.verdict !== 'malicious') return answer.verdict;
  return `malicious: ${answer.name}${answer.details === undefined ? '' : ` (${answer.details})`}`;
}

function failureText(error: unknown): string {
  return error instanceof ReputationFailure ? `${error.kind}: ${error.message}` : String(error);
}

/** The outside of services. Counts of a day are in the state folder. @param inForce the settings of the newest epoch */
export function servicesOutside(inForce: () => Settings, onProblem: TellProblem): ServicesOutside {
  const budgets = new Map<string, RequestBudget>();
  return {
    open({ name }) {
      const settings = inForce();
      const given = settings.services.find((service) => service.name === name);
      if (given === undefined) throw new Error(`there is no [service.${name}]`);
      return open(settings, given);
    },
    budget(name) {
      const file = join(inForce().state.folder, 'services', `${name}.json`);
      const budget = budgets.get(name) ?? createRequestBudget(dayCountFile(file, onProblem));
      budgets.set(name, budget);
      return budget;
    },
  };
}
